using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OpsModule.Foundations.Yaml;

/// <summary>Why a YAML text was refused, and where.</summary>
public sealed class YamlRefusedException(string code, string message, int line, int column, string? expected = null)
    : Exception(message)
{
    /// <summary>What kind of fault it is, in one word: <c>YamlInvalid</c>, <c>TabIndent</c>, <c>TooDeep</c> ...</summary>
    public string Code { get; } = code;

    /// <summary>The line of the fault; the first is 1.</summary>
    public int Line { get; } = line;

    /// <summary>The column of the fault; the first is 1.</summary>
    public int Column { get; } = column;

    /// <summary>What should stand there instead, in words; null where the message says enough.</summary>
    public string? Expected { get; } = expected;
}

/// <summary>
/// Reads one YAML document into values that know their place. It is made for files from people: nesting and the growth by
/// aliases are bounded, and whatever is wrong with the text comes out as a <see cref="YamlRefusedException"/>.
/// </summary>
public sealed class YamlTree
{
    private const int MaxDepth = 32;
    private const long MaxSize = 50_000;
    private const string Balanced = "balanced quotes and brackets, equal indentation, and quotes around values with any of : # { } [ ] , & * ! | > % @ `";

    private readonly Scanner _scanner;
    private readonly IParser _parser;
    private readonly Dictionary<string, YamlItem> _anchors = new(StringComparer.Ordinal);
    private long _size;

    private YamlTree(string text)
    {
        _scanner = new Scanner(new StringReader(text));
        _parser = new Parser(_scanner);
    }

    /// <summary>The document's root, or null when there is none.</summary>
    public static YamlItem? Read(string text)
    {
        var tree = new YamlTree(text);
        try
        {
            return tree.ReadDocument();
        }
        catch (YamlException e)
        {
            throw Refuse(text, e);
        }
        catch (Exception e) when (e is not YamlRefusedException)
        {
            // The parser is not ours; what it throws for a broken text is a property of the text.
            Mark reached = tree._scanner.CurrentPosition;
            throw new YamlRefusedException("YamlInvalid", "The file is not valid YAML up to here.", Line(reached), Column(reached), Balanced);
        }
    }

    private YamlItem? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _)) return null;
        _parser.Consume<DocumentStart>();
        YamlItem root = ReadItem(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out DocumentStart? second))
            throw new YamlRefusedException("SeveralDocuments", "The file holds more than one YAML document (a line '---' starts another).",
                Line(second.Start), Column(second.Start), "one document");
        return root is YamlText { IsNull: true } ? null : root;
    }

    private YamlItem ReadItem(int depth)
    {
        ParsingEvent next = _parser.Consume<ParsingEvent>();
        int line = Line(next.Start), column = Column(next.Start);
        if (depth > MaxDepth)
            throw new YamlRefusedException("TooDeep", $"The file nests deeper than {MaxDepth} levels.", line, column);

        YamlItem item = next switch
        {
            Scalar scalar => new YamlText(scalar.Value, scalar.Style == ScalarStyle.Plain, line, column),
            SequenceStart => new YamlList(ReadList(depth), line, column),
            MappingStart => new YamlMap(ReadMap(depth), line, column),
            AnchorAlias alias => Follow(alias, line, column),
            _ => throw new YamlRefusedException("YamlInvalid", "The file is not valid YAML here.", line, column),
        };
        Count(item, next is AnchorAlias, line, column);
        if (next is NodeEvent { Anchor.IsEmpty: false } node && next is not AnchorAlias) _anchors[node.Anchor.Value] = item;
        return item;
    }

    private List<YamlItem> ReadList(int depth)
    {
        var items = new List<YamlItem>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadItem(depth + 1));
        return items;
    }

    private List<YamlEntry> ReadMap(int depth)
    {
        var entries = new List<YamlEntry>();
        var merges = new List<YamlItem>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            YamlItem key = ReadItem(depth + 1);
            if (key is not YamlText text)
                throw new YamlRefusedException("KeyNotText", $"A key must be text; here it is {key.Kind}. A value that begins with '{{' or '[' needs quotes.",
                    key.Line, key.Column, "a key, then a colon");
            YamlItem value = ReadItem(depth + 1);
            if (text.Value == "<<") merges.Add(value);
            else entries.Add(new YamlEntry(text, value));
        }
        foreach (YamlItem merge in merges) Merge(entries, merge);
        return entries;
    }

    /// <summary><c>&lt;&lt;: *defaults</c> brings in the keys that are not there yet.</summary>
    private static void Merge(List<YamlEntry> entries, YamlItem source)
    {
        HashSet<string> present = entries.Select(e => e.Key.Value).ToHashSet(StringComparer.Ordinal);
        foreach (YamlItem part in source is YamlList list ? list.Items : [source])
        {
            if (part is not YamlMap map)
                throw new YamlRefusedException("MergeNotSection", $"'<<' merges a section of keys; here it is {part.Kind}.", part.Line, part.Column);
            foreach (YamlEntry entry in map.Entries)
                if (present.Add(entry.Key.Value)) entries.Add(entry);
        }
    }

    private YamlItem Follow(AnchorAlias alias, int line, int column) => _anchors.TryGetValue(alias.Value.Value, out YamlItem? item)
        ? item
        : throw new YamlRefusedException("AliasUnknown", $"The alias *{alias.Value.Value} has no anchor before it, or stands inside of it.", line, column);

    private void Count(YamlItem item, bool byAlias, int line, int column)
    {
        // Each value counts once as itself; one that comes through an alias counts again with all it holds.
        _size += byAlias ? item.Size : 1;
        if (item.Size > MaxSize || _size > MaxSize)
            throw new YamlRefusedException("TooManyValues", $"The file holds more than {MaxSize:N0} values once its aliases are followed.",
                line, column, "a file without nested aliases");
    }

    private static YamlRefusedException Refuse(string text, YamlException e)
    {
        int line = Line(e.Start), column = Column(e.Start);
        if (TabIndent(text, line, e.Message.Contains("tab", StringComparison.Ordinal)) is { } tab)
            return new YamlRefusedException("TabIndent", "The line is indented with a tab.", tab.Line, tab.Column, "spaces");
        string what = e.Message.Length > 0 ? char.ToLowerInvariant(e.Message[0]) + e.Message[1..].TrimEnd('.') : "no reason was given";
        return new YamlRefusedException("YamlInvalid", $"The file is not valid YAML here: {what}.", line, column, Balanced);
    }

    /// <summary>The tab that the parser stumbled over: it complains at the line, one line on, or at the start of the section.</summary>
    private static (int Line, int Column)? TabIndent(string text, int near, bool certain)
    {
        string[] lines = text.Split('\n');
        for (int i = Math.Max(1, near - 1); i <= (certain ? lines.Length : Math.Min(near, lines.Length)); i++)
        {
            string indent = lines[i - 1][..^lines[i - 1].TrimStart(' ', '\t').Length];
            if (indent.IndexOf('\t') is var tab and >= 0) return (i, tab + 1);
        }
        return null;
    }

    private static int Line(Mark mark) => (int)Math.Max(1, mark.Line);

    private static int Column(Mark mark) => (int)Math.Max(1, mark.Column);
}
