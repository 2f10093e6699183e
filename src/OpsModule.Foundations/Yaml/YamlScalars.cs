using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OpsModule.Foundations.Yaml;

/// <summary>Finds where the values of a YAML text stand, and puts another in the place of one; every other character stays.</summary>
public sealed partial class YamlScalars
{
    private const int MaxDepth = 32;

    private static readonly string[] Words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

    private readonly Parser _parser;
    private readonly string _text;
    private readonly List<YamlScalar> _found = [];
    private readonly List<(int Index, string Anchor)> _anchored = [];
    private readonly HashSet<string> _aliases = new(StringComparer.Ordinal);

    private YamlScalars(string text)
    {
        _text = text;
        _parser = new Parser(new Scanner(new StringReader(text)));
    }

    /// <summary>All values of one document, in their order; keys are none.</summary>
    /// <exception cref="YamlRefusedException">The text is no YAML.</exception>
    public static IReadOnlyList<YamlScalar> Read(string text)
    {
        var scalars = new YamlScalars(text);
        try
        {
            scalars._parser.Consume<StreamStart>();
            if (scalars._parser.TryConsume<StreamEnd>(out _)) return [];
            scalars._parser.Consume<DocumentStart>();
            scalars.Item([], [], 0);
        }
        catch (YamlException e)
        {
            throw new YamlRefusedException("YamlInvalid", "The file is not valid YAML here.", (int)e.Start.Line, (int)e.Start.Column);
        }
        foreach ((int index, string anchor) in scalars._anchored)
            if (scalars._aliases.Contains(anchor))
                scalars._found[index] = scalars._found[index] with { Obstacle = $"others take it in by the anchor &{anchor}" };
        return scalars._found;
    }

    /// <summary>
    /// The text with another value in the place of one, in its own way of writing where that can carry it, else in double quotes.
    /// </summary>
    /// <exception cref="FormatException">It cannot be put there without changing something else.</exception>
    public static string Replace(string text, YamlScalar scalar, string value)
    {
        if (scalar.Obstacle is { } obstacle) throw new FormatException(obstacle);
        string changed = string.Concat(text.AsSpan(0, scalar.Start), Write(value, scalar.Style), text.AsSpan(scalar.Start + scalar.Length));
        IReadOnlyList<YamlScalar> before = Read(text), after;
        try { after = Read(changed); }
        catch (YamlRefusedException e) { throw new FormatException("the new text would be no YAML", e); }
        bool same = before.Count == after.Count && before.Zip(after).All(p => p.First.Key == p.Second.Key
            && p.Second.Value == (p.First.Start == scalar.Start ? value : p.First.Value));
        return same ? changed : throw new FormatException("something else in the file would change with it");
    }

    private void Item(string[] path, string[] anchors, int depth)
    {
        ParsingEvent next = _parser.Consume<ParsingEvent>();
        if (depth > MaxDepth) throw new YamlException(next.Start, next.End, "too deep");
        if (next is NodeEvent { Anchor.IsEmpty: false } named && next is not AnchorAlias) anchors = [.. anchors, named.Anchor.Value];
        switch (next)
        {
            case Scalar scalar:
                Add(scalar, path);
                foreach (string anchor in anchors) _anchored.Add((_found.Count - 1, anchor));
                break;
            case AnchorAlias alias:
                _aliases.Add(alias.Value.Value);
                _found.Add(new YamlScalar(path, alias.Value.Value, YamlStyle.Alias, (int)next.Start.Index,
                    (int)(next.End.Index - next.Start.Index), (int)next.Start.Line, $"it is taken in from the anchor &{alias.Value}"));
                break;
            case SequenceStart:
                for (int i = 0; !_parser.TryConsume<SequenceEnd>(out _); i++)
                    Item([.. path, string.Create(CultureInfo.InvariantCulture, $"[{i}]")], anchors, depth + 1);
                break;
            case MappingStart:
                while (!_parser.TryConsume<MappingEnd>(out _)) Item([.. path, Key()], anchors, depth + 1);
                break;
        }
    }

    private string Key()
    {
        ParsingEvent key = _parser.Consume<ParsingEvent>();
        return key is Scalar text ? text.Value : throw new YamlException(key.Start, key.End, "a key must be text");
    }

    private void Add(Scalar scalar, string[] path)
    {
        int start = (int)scalar.Start.Index, end = (int)scalar.End.Index;
        YamlStyle style = scalar.Style switch
        {
            ScalarStyle.SingleQuoted => YamlStyle.SingleQuoted,
            ScalarStyle.DoubleQuoted => YamlStyle.DoubleQuoted,
            ScalarStyle.Literal or ScalarStyle.Folded => YamlStyle.Block,
            _ => YamlStyle.Plain,
        };
        // A block reaches to what follows it; its last lines, when they are empty, are not its value's.
        if (style == YamlStyle.Block) end = start + _text[start..end].TrimEnd().Length;
        string? obstacle = !scalar.Anchor.IsEmpty ? $"it has the anchor &{scalar.Anchor}"
            : !scalar.Tag.IsEmpty ? $"it has the tag {scalar.Tag}"
            : style == YamlStyle.Block && _text[start..end].Split('\n')[0].Contains('#') ? "a comment stands within it" : null;
        _found.Add(new YamlScalar(path, scalar.Value, style, start, end - start, (int)scalar.Start.Line, obstacle));
    }

    private static string Write(string value, YamlStyle style)
    {
        bool simple = Simple().IsMatch(value) && !Words.Contains(value.ToLowerInvariant());
        if (style == YamlStyle.Plain && simple) return value;
        bool printable = value.All(c => c is >= ' ' and not ('\u007f' or '\u0085' or '\u2028' or '\u2029' or '\uFEFF'));
        if (style == YamlStyle.SingleQuoted && printable) return "'" + value.Replace("'", "''") + "'";
        var text = new StringBuilder("\"");
        foreach (char c in value)
            text.Append(c switch
            {
                '"' => "\\\"", '\\' => "\\\\", '\n' => "\\n", '\r' => "\\r", '\t' => "\\t",
                < ' ' or '\u007f' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:X2}"),
                '\u0085' or '\u2028' or '\u2029' or '\uFEFF' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        return text.Append('"').ToString();
    }

    // What begins with a letter is no number, no date and no sign of YAML's.
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_./=-]*\z")]
    private static partial Regex Simple();
}
