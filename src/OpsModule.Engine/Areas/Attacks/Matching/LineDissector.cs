using System.Buffers.Text;
using System.Net;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Messages;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Takes a line apart for rules: by its format where that is known, structured lines (JSON, logfmt) field by field and leniently, because
/// a half-written line may
/// hold an attack, too; anything else is a message. What of a line is of no format is looked at nevertheless.
/// </summary>
/// <param name="meanings">What fields mean by their names.</param>
/// <param name="clock">For times without a zone.</param>
/// <param name="proxies">Proxies of which it is believed for whom they asked.</param>
/// <param name="formats">Formats of the user's own, which come first.</param>
internal sealed class LineDissector(FieldMeanings meanings, LogClock clock, IReadOnlyList<IPNetwork>? proxies = null,
    IReadOnlyList<LinePattern>? formats = null)
{
    private const int LongestTime = 42, LongestHead = 300;

    private readonly IReadOnlyList<IPNetwork> _proxies = proxies ?? [];
    private readonly IReadOnlyList<LinePattern> _formats = formats ?? [];
    private readonly FormatMatch _match = new();

    /// <summary>A dissector for what a query knows of this place.</summary>
    public static LineDissector For(AttackQuery query, LogClock clock) =>
        new(new FieldMeanings(query.TenantFields, query.ResourceTenantFields), clock, query.TrustedProxies,
            [.. query.Formats.Select(LinePattern.Parse)]);

    /// <summary>The fields that lines of IIS and CloudFront have, as their file says; null where it is not known.</summary>
    public W3cFields? Fields { get; set; }

    public void Dissect(ReadOnlySpan<byte> line, LineParts parts)
    {
        parts.Clear();
        if (line.IsEmpty) return;
        int begin = SkipBlanks(line);
        if (begin < line.Length && line[begin] == '{') JsonStrings.Read(line, begin, meanings, clock, parts);
        else if (IsOfOwnFormat(line)) FormatSink.Add(line, _match, clock, parts);
        else if (IsLogfmt(line)) AddPairs(line, 0, parts);
        else if (StatementLog.Find(line) is >= 0 and var statement) AddStatement(line, statement, parts);
        else if (W3cLine.IsOne(line) && W3cLine.TryAdd(line, Fields, clock, parts)) { /* its words are known */ }
        else if (AccessText.TryParse(line, AccessHead.Length(line), clock, out AccessText access)) FormatSink.Add(line, access, parts);
        else AddOther(line, begin, parts);
        parts.Settle(line);
        parts.IsClientOpen = true;
    }

    /// <summary>Finds out who asked, when a rule has found something: of most lines nobody wants to know.</summary>
    public void FindClient(ReadOnlySpan<byte> line, LineParts parts)
    {
        if (!parts.IsClientOpen) return;
        parts.IsClientOpen = false;
        if (!parts.Client.Equals(default(Range))) return;
        if (parts.IsText && parts.Clients.IsEmpty && ClientAddress.Find(line) is var found && !found.Equals(default(Range)))
            parts.Clients.Add(line, FieldMeaning.Peer, found.Start.Value, found.End.Value - found.Start.Value, FieldPlace.Top);
        parts.Client = parts.Clients.Resolve(line, _proxies);
    }

    private bool IsOfOwnFormat(ReadOnlySpan<byte> line)
    {
        foreach (LinePattern format in _formats)
            if (format.Match(line, 0, clock, _match)) return true;
        return false;
    }

    /// <summary>JSON or pairs behind the head of a runtime or of syslog, another server's format, a record of XML, or a message.</summary>
    private void AddOther(ReadOnlySpan<byte> line, int begin, LineParts parts)
    {
        int head = AccessHead.Length(line);
        if (head == 0 || head >= line.Length || line[head] != '{') head = MessageHead.JsonBehind(line);
        if (head is > 0 and var json)
        {
            AddHead(line, json, parts);
            JsonStrings.Read(line, json, meanings, clock, parts);
        }
        else if (MessageHead.PairsBehind(line) is > 0 and var pairs)
        {
            AddHead(line, pairs, parts);
            AddPairs(line, pairs, parts);
            parts.IsText = true;
        }
        else if (IsOfKnownFormat(line))
        {
            FormatSink.Add(line, _match, clock, parts);
            if (parts.Time is null) AddTime(line, parts);
        }
        else if (XmlTexts.TryRead(line, begin, parts)) parts.IsText = true;
        else AddPlain(line, parts);
    }

    private static readonly System.Buffers.SearchValues<byte> OfRequests = System.Buffers.SearchValues.Create("/*"u8);

    private bool IsOfKnownFormat(ReadOnlySpan<byte> line)
    {
        if (line.IndexOfAny(OfRequests) < 0) return false;
        int head = -1;
        foreach (LinePattern format in KnownFormats.All)
        {
            if (format.Match(line, 0, clock, _match)) return true;
            if (format.HasHead) continue;
            if (head < 0) head = MessageHead.End(System.Text.Encoding.Latin1.GetString(line[..Math.Min(line.Length, LongestHead)]));
            if (head > 0 && head < line.Length && format.Match(line, head, clock, _match)) return true;
        }
        return false;
    }

    private void AddHead(ReadOnlySpan<byte> line, int length, LineParts parts)
    {
        parts.Add(new LineField(RuleTarget.Message, 0, length));
        AddTime(line, parts);
    }

    /// <summary>How long the time is that a line begins with.</summary>
    private int AddTime(ReadOnlySpan<byte> line, LineParts parts)
    {
        if (LogTime.TryIso(line, clock.Offset, out DateTimeOffset time, out int length)
            || LogTime.TrySlashed(line, clock.Offset, out time, out length)
            || LogTime.TrySyslog(line, clock, out time, out length))
        {
            parts.Time = time;
            return length;
        }
        int close = line is [(byte)'[', ..] ? line[..Math.Min(line.Length, LongestTime)].IndexOf((byte)']') : -1;
        if (close > 0 && LineTime.TryParse(line[1..close], clock, out time)) parts.Time = time;
        else if (line is [(byte)'[', ..] && LogTime.TryIso(line[1..], clock.Offset, out time, out _)) parts.Time = time;
        return 0;
    }

    /// <summary>A statement that a database server logged.</summary>
    private void AddStatement(ReadOnlySpan<byte> line, int statement, LineParts parts)
    {
        int length = AddTime(line, parts);
        parts.Add(new LineField(RuleTarget.Message, length, Math.Max(0, statement - length)));
        parts.Add(new LineField(RuleTarget.Statement, statement, line.Length - statement));
        parts.IsText = true;
    }

    /// <summary>A message; a request in it is taken out of it, too.</summary>
    private void AddPlain(ReadOnlySpan<byte> line, LineParts parts)
    {
        int length = AddTime(line, parts);
        parts.IsText = true;
        if (LocalPrograms.IsOne(line))
        {
            parts.Add(new LineField(RuleTarget.Statement, length, line.Length - length));
            return;
        }
        if (TryRequest(line, parts, out int end))
        {
            parts.AddRest(line, end, line.Length);
            parts.AddAgents(line, end);
            parts.IsUnknown = line.IndexOf("lient: "u8) < 0 && line.IndexOf("[client "u8) < 0;
        }
        else if (line.IndexOf("[uri \""u8) is >= 0 and var uri && line[(uri + 6)..].IndexOf((byte)'"') is > 0
            and var size) parts.AddTarget(line, uri + 6, size);
        parts.Add(new LineField(RuleTarget.Message, length, line.Length - length));
        AddValue(line, length, parts);
    }

    private void AddPairs(ReadOnlySpan<byte> line, int from, LineParts parts)
    {
        LogfmtPairs.Read(line, from, meanings, clock, parts);
        if (parts.Path.Equals(default(Range))) TryRequest(line, parts, out _);
    }

    /// <summary>Takes a request out of a line whose form is not known.</summary>
    private static bool TryRequest(ReadOnlySpan<byte> line, LineParts parts, out int end)
    {
        end = 0;
        if (RequestText.Find(line, out int method, out Range target) is not (>= 0 and var request)) return false;
        parts.Method = request..(request + method - 1);
        (int start, int size) = target.GetOffsetAndLength(line.Length);
        parts.AddTarget(line, start, size);
        end = start + size;
        return true;
    }

    /// <summary>What stands behind the first <c>name=</c> of a sentence is most likely a value that came from outside.</summary>
    private static void AddValue(ReadOnlySpan<byte> line, int from, LineParts parts)
    {
        int equals = line[from..].IndexOf((byte)'=');
        if (equals <= 0 || !Decoding.Characters.IsWord(line[from + equals - 1])) return;
        int start = from + equals + 1, name = from + equals;
        while (name > from && Decoding.Characters.IsWord(line[name - 1])) name--;
        parts.Add(new LineField(RuleTarget.Field, start, line.Length - start, name, from + equals - name));
    }

    /// <summary>At least two <c>name=</c> of which the first begins the line.</summary>
    private static bool IsLogfmt(ReadOnlySpan<byte> line)
    {
        int equals = line.IndexOf((byte)'=');
        if (equals is <= 0 or > 40 || line[..equals].IndexOfAnyExcept(LogfmtPairs.NameBytes) >= 0) return false;
        return line[(equals + 1)..].IndexOf((byte)'=') > 0;
    }

    private static int SkipBlanks(ReadOnlySpan<byte> line)
    {
        int i = 0;
        while (i < line.Length && line[i] is (byte)' ' or (byte)'\t') i++;
        return i;
    }

    /// <summary>A number, or -1.</summary>
    internal static long Number(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out long value, out int used) && used == text.Length ? value : -1;
}
