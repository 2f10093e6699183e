using System.Buffers.Text;
using System.Net;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Logs.Formats;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Takes a line apart for rules: an access log by its format, structured lines (JSON, logfmt) field by field and leniently, because a
/// half-written line may hold an attack, too; anything else is a message.
/// </summary>
/// <param name="meanings">What fields mean by their names.</param>
/// <param name="clock">For times without a zone.</param>
/// <param name="proxies">Proxies of which it is believed for whom they asked.</param>
internal sealed class LineDissector(FieldMeanings meanings, LogClock clock, IReadOnlyList<IPNetwork>? proxies = null)
{
    private readonly IReadOnlyList<IPNetwork> _proxies = proxies ?? [];
    private readonly LineParts _inner = new();

    /// <summary>A dissector for what a query knows of this place.</summary>
    public static LineDissector For(AttackQuery query, LogClock clock) => new(new FieldMeanings(query.TenantFields, query.ResourceTenantFields), clock, query.TrustedProxies);

    /// <summary>The fields that lines of IIS and CloudFront have, as their file says; null where it is not known.</summary>
    public W3cFields? Fields { get; set; }

    public void Dissect(ReadOnlySpan<byte> line, LineParts parts)
    {
        parts.Clear();
        if (line.IsEmpty) return;
        int begin = SkipBlanks(line);
        if (begin < line.Length && line[begin] == '{') JsonStrings.Read(line, begin, meanings, clock, parts);
        else if (AccessLine.TryParse(line[AccessHead.Length(line)..], out AccessLine access)) AddAccess(line, access, parts);
        else if (IsLogfmt(line)) LogfmtPairs.Read(line, meanings, clock, parts);
        else AddPlain(line, parts);
        if (parts.Client.Equals(default(Range))) parts.Client = parts.Clients.Resolve(line, _proxies);
    }

    private static void AddAccess(ReadOnlySpan<byte> line, in AccessLine access, LineParts parts)
    {
        AddClient(line, Place(line, access.Client), Place(line, access.Forwarded), parts);
        parts.Method = Place(line, access.Method);
        parts.Status = access.Status;
        parts.Bytes = access.Bytes;
        parts.Time = access.Time;
        if (access.Target.IsEmpty)
        {
            (int start, int length) = Place(line, access.Request).GetOffsetAndLength(line.Length);
            parts.Add(new LineField(RuleTarget.Malformed, start, length));
        }
        else
        {
            (int start, int length) = Place(line, access.Target).GetOffsetAndLength(line.Length);
            parts.AddTarget(line, start, length);
        }
        if (!access.Referrer.IsEmpty && !access.Referrer.SequenceEqual("-"u8))
        {
            (int start, int length) = Place(line, access.Referrer).GetOffsetAndLength(line.Length);
            parts.AddReferrer(line, start, length);
        }
        AddPart(line, access.Agent, RuleTarget.Agent, parts);
        AddPart(line, access.User, RuleTarget.User, parts);
    }

    /// <summary>
    /// The first word of an access line: an address, or the name of a host. A list there is what proxies, or a client, have written; so is what stands in
    /// quotation marks behind the program that asked, as in the format main of nginx.
    /// </summary>
    private static void AddClient(ReadOnlySpan<byte> line, Range client, Range forwarded, LineParts parts)
    {
        (int start, int length) = client.GetOffsetAndLength(line.Length);
        while (length > 0 && line[start] == '"') (start, length) = (start + 1, length - 1);
        if (start > 1 && line[start - 1] == ' ' && line[start - 2] == ',') return;
        if (AddressText.Whole(line.Slice(start, length), start) is var address && address.Equals(default(Range)))
        {
            parts.Client = IsName(line.Slice(start, length)) ? start..(start + length) : default;
            return;
        }
        parts.Clients.Add(line, FieldMeaning.Peer, start, length, FieldPlace.Top);
        (start, length) = forwarded.GetOffsetAndLength(line.Length);
        parts.Clients.AddForwarded(line, start, length);
    }

    /// <summary>True for the name of a host, which begins its last part with a letter; numbers in any notation are no name.</summary>
    private static bool IsName(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.IndexOfAny(":,\\\"'[]="u8) >= 0) return false;
        byte last = text[Math.Min(text.Length - 1, text.LastIndexOf((byte)'.') + 1)];
        return char.IsAsciiLetter((char)last);
    }

    private static void AddPart(ReadOnlySpan<byte> line, ReadOnlySpan<byte> part, RuleTarget kind, LineParts parts)
    {
        if (part.IsEmpty || (part.Length == 1 && part[0] == '-')) return;
        (int start, int length) = Place(line, part).GetOffsetAndLength(line.Length);
        parts.Add(new LineField(kind, start, length));
    }

    /// <summary>A message, or a statement that a database server logged.</summary>
    private void AddPlain(ReadOnlySpan<byte> line, LineParts parts)
    {
        if (LogTime.TryIso(line, clock.Offset, out DateTimeOffset time, out int length) || LogTime.TrySlashed(line, clock.Offset, out time, out length)
            || LogTime.TrySyslog(line, clock, out time, out length)) parts.Time = time;
        else length = 0;
        if (W3cLine.IsOne(line) && W3cLine.AddClient(line, Fields, parts)) { /* the places of its words tell */ }
        else if (MessageHead.JsonBehind(line) is > 0 and var json)
        {
            _inner.Clear();
            JsonStrings.Read(line, json, meanings, clock, _inner);
            parts.Client = _inner.Clients.Resolve(line, _proxies);
        }
        else if (ClientAddress.Find(line) is var found && !found.Equals(default(Range))) parts.Clients.Add(line, FieldMeaning.Peer, found.Start.Value, found.End.Value - found.Start.Value, FieldPlace.Top);
        int statement = StatementLog.Find(line);
        if (statement < 0)
        {
            parts.Add(new LineField(RuleTarget.Message, length, line.Length - length));
            AddValue(line, length, parts);
            return;
        }
        parts.Add(new LineField(RuleTarget.Message, length, Math.Max(0, statement - length)));
        parts.Add(new LineField(RuleTarget.Statement, statement, line.Length - statement));
    }

    /// <summary>What stands behind the first <c>name=</c> of a sentence is most likely a value that came from outside.</summary>
    private static void AddValue(ReadOnlySpan<byte> line, int from, LineParts parts)
    {
        int equals = line[from..].IndexOf((byte)'=');
        if (equals <= 0 || !Decoding.Characters.IsWord(line[from + equals - 1])) return;
        int start = from + equals + 1;
        parts.Add(new LineField(RuleTarget.Field, start, line.Length - start));
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

    /// <summary>Where a part of the line stands in it.</summary>
    private static Range Place(ReadOnlySpan<byte> line, ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty) return default;
        if (!line.Overlaps(part, out int start)) return default;
        return start..(start + part.Length);
    }

    /// <summary>A number, or -1.</summary>
    internal static long Number(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out long value, out int used) && used == text.Length ? value : -1;
}
