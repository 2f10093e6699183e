using System.Buffers;
using System.Text;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Puts a field of a structured line where it belongs. What is not what its name promises is looked at like any other text.
/// </summary>
internal static class FieldSink
{
    private const int LongestWord = 64, ShortestCode = 20;

    /// <summary>What names, ids and levels are made of.</summary>
    private static readonly SearchValues<byte> OfWords =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:@-"u8);

    private static readonly byte[][] Verbs =
    [
        .. "select insert update delete with create alter drop begin commit rollback set merge replace truncate explain call exec declare grant copy show vacuum".Split(' ')
            .Select(v => Encoding.ASCII.GetBytes(v)),
    ];

    /// <summary>Adds a field.</summary>
    /// <param name="line">The line.</param>
    /// <param name="name">Where its name stands.</param>
    /// <param name="value">Where its value stands.</param>
    /// <param name="json">True when the value has escapes.</param>
    /// <param name="meaning">What it is, by its name.</param>
    /// <param name="place">In what it stands: what a client wrote tells nothing of the request but itself.</param>
    /// <param name="clock">For times without a zone.</param>
    /// <param name="parts">Where it belongs.</param>
    public static void Add(ReadOnlySpan<byte> line, Range name, Range value, bool json, FieldMeaning meaning, FieldPlace place,
        LogClock clock, LineParts parts)
    {
        (int start, int length) = value.GetOffsetAndLength(line.Length);
        (int nameStart, int nameLength) = name.GetOffsetAndLength(line.Length);
        var field = new LineField(RuleTarget.Field, start, length, nameStart, nameLength, json);
        if (place.IsClients)
        {
            AddOfClient(line, field, meaning, place, parts);
            return;
        }
        ReadOnlySpan<byte> text = line.Slice(start, length);
        if (place.IsOwn && IsTold(line, name, value, meaning, place.Depth, clock, parts)) return;
        switch (meaning)
        {
            case FieldMeaning.Peer or FieldMeaning.Client or FieldMeaning.LooseClient or FieldMeaning.Forwarded: parts.Clients.Add(line, meaning, start, length, place); break;
            case FieldMeaning.Tenant when parts.Tenant.Equals(default(Range)): parts.Tenant = value; break;
            case FieldMeaning.ResourceTenant: parts.ResourceTenant = value; break;
            case FieldMeaning.Target or FieldMeaning.Path:
                AddTarget(line, field, parts);
                return;
            case FieldMeaning.Referrer:
                parts.AddReferrer(line, start, length, json);
                return;
            case FieldMeaning.Statement when IsStatement(text):
                parts.Add(field with { Kind = RuleTarget.Statement });
                return;
            case FieldMeaning.Level when Ascii.EqualsIgnoreCase(text, "critical"): // the one level that is an event by itself
                parts.Add(field);
                return;
            case FieldMeaning.Level or FieldMeaning.Plain or FieldMeaning.Method or FieldMeaning.Status or FieldMeaning.Bytes
                or FieldMeaning.Time:
                if (!IsWord(text)) parts.Add(field with { IsOwn = true });
                return;
            case FieldMeaning.Query when IsSentence(text):
                parts.Add(field);
                return;
            case FieldMeaning.Query:
                parts.AddQuery(line, start, length, json);
                return;
        }
        parts.Add(field with { Kind = FieldMeanings.Target(meaning) });
    }

    /// <summary>Takes the method, status, length or time; false for any other field, and for one whose text is none of that.</summary>
    private static bool IsTold(ReadOnlySpan<byte> line, Range name, Range value, FieldMeaning meaning, int depth, LogClock clock,
        LineParts parts)
    {
        ReadOnlySpan<byte> text = line[value];
        switch (meaning)
        {
            case FieldMeaning.Method when text.Length <= 20 && text.IndexOfAnyExcept(OfWords) < 0:
                parts.Told.TakeMethod(line, value, depth, parts);
                return true;
            case FieldMeaning.Status when LineDissector.Number(text) is >= 100 and <= 599 and var status:
                parts.Told.TakeStatus(line, name, (int)status, depth, parts);
                return true;
            case FieldMeaning.Bytes when LineDissector.Number(text) is >= 0 and var bytes:
                parts.Bytes = bytes;
                return true;
            case FieldMeaning.Time when LineTime.TryParse(text, clock, out DateTimeOffset time):
                parts.Told.TakeTime(line, name, time, depth, parts);
                return true;
            default:
                return false;
        }
    }

    /// <summary>What a client sent: it is looked at, and says nothing of who asked, when, and how it ended. Only of the headers one is told by proxies, too.</summary>
    private static void AddOfClient(ReadOnlySpan<byte> line, in LineField field, FieldMeaning meaning, FieldPlace place, LineParts parts)
    {
        Range path = parts.Path;
        if (meaning == FieldMeaning.Forwarded && place.IsHeaders) parts.Clients.Add(line, meaning, field.Start, field.Length, place);
        if (meaning == FieldMeaning.ResourceTenant) parts.ResourceTenant = field.Start..(field.Start + field.Length);
        switch (meaning)
        {
            case FieldMeaning.Target or FieldMeaning.Path: parts.AddTarget(line, field.Start, field.Length, field.Json); break;
            case FieldMeaning.Referrer: parts.AddReferrer(line, field.Start, field.Length, field.Json); break;
            case FieldMeaning.Query when !IsSentence(line.Slice(field.Start, field.Length)): parts.AddQuery(line, field.Start,
                field.Length, field.Json); break;
            default: parts.Add(field with { Kind = FieldMeanings.Target(meaning) }); break;
        }
        parts.Path = path;
    }

    /// <summary>True for one word as programs name things: no text that could be of an attack, and no code that could hold one.</summary>
    private static bool IsWord(ReadOnlySpan<byte> text)
    {
        if (text.Length > LongestWord || text.IndexOfAnyExcept(OfWords) >= 0 || text.IndexOf(".."u8) >= 0) return false;
        return text.Length < ShortestCode || text.IndexOfAny("_.:@-"u8) >= 0 || text.IndexOfAnyInRange((byte)'A', (byte)'Z') < 0
            || text.IndexOfAnyInRange((byte)'a', (byte)'z') < 0;
    }

    /// <summary>True for a whole statement of SQL, as an application logs its own.</summary>
    private static bool IsStatement(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t(\\n"u8);
        int end = text.IndexOfAny(" \t\\(;"u8);
        ReadOnlySpan<byte> word = end < 0 ? text : text[..end];
        foreach (byte[] verb in Verbs)
            if (Ascii.EqualsIgnoreCase(word, verb)) return true;
        return false;
    }

    /// <summary>True for a query in a language: a name of a parameter has no blank in it.</summary>
    private static bool IsSentence(ReadOnlySpan<byte> text)
    {
        int equals = text.IndexOf((byte)'=');
        return (equals < 0 ? text : text[..equals]).TrimEnd((byte)' ').IndexOf((byte)' ') >= 0;
    }

    /// <summary>A URL, a path, or a whole request line.</summary>
    private static void AddTarget(ReadOnlySpan<byte> line, in LineField field, LineParts parts)
    {
        (int start, int length) = (field.Start, field.Length);
        ReadOnlySpan<byte> text = line.Slice(start, length);
        int first = text.IndexOf((byte)' '), last = text.LastIndexOf((byte)' ');
        bool whole = first is > 0 and < 10 && last > first && text[(last + 1)..].StartsWith("HTTP/"u8);
        if (!whole && RequestText.Method(text) is > 0 and var method && text.Length > method && text[method] == '/') (whole, last) = (true,
            length);
        if (whole)
        {
            if (parts.Method.Equals(default(Range))) parts.Method = start..(start + first);
            (start, length) = (start + first + 1, last - first - 1);
        }
        parts.AddTarget(line, start, length, field.Json, field.NameStart, field.NameLength);
    }
}
