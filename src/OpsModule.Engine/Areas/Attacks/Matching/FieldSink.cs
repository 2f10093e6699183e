using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Puts a field of a structured line where it belongs.</summary>
internal static class FieldSink
{
    /// <summary>Adds a field.</summary>
    /// <param name="line">The line.</param>
    /// <param name="name">Where its name stands.</param>
    /// <param name="value">Where its value stands.</param>
    /// <param name="json">True when the value has escapes.</param>
    /// <param name="place">In what it stands: what a client wrote tells nothing of the request but itself.</param>
    /// <param name="meanings">What names mean.</param>
    /// <param name="clock">For times without a zone.</param>
    /// <param name="parts">Where it belongs.</param>
    public static void Add(ReadOnlySpan<byte> line, Range name, Range value, bool json, FieldPlace place, FieldMeanings meanings, LogClock clock, LineParts parts)
    {
        (int start, int length) = value.GetOffsetAndLength(line.Length);
        (int nameStart, int nameLength) = name.GetOffsetAndLength(line.Length);
        ReadOnlySpan<byte> text = line.Slice(start, length);
        FieldMeaning meaning = meanings[line.Slice(nameStart, nameLength)];
        if (place.IsClients)
        {
            AddOfClient(line, start, length, json, new LineField(RuleTarget.Field, start, length, nameStart, nameLength, json), meaning, place, parts);
            return;
        }
        switch (meaning)
        {
            case FieldMeaning.Peer or FieldMeaning.Client or FieldMeaning.LooseClient or FieldMeaning.Forwarded: parts.Clients.Add(line, meaning, start, length, place); break;
            case FieldMeaning.Tenant when parts.Tenant.Equals(default(Range)): parts.Tenant = value; break;
            case FieldMeaning.ResourceTenant: parts.ResourceTenant = value; break;
            case FieldMeaning.Method: parts.Method = value; return;
            case FieldMeaning.Status:
                if (LineDissector.Number(text) is >= 100 and <= 599 and var status)
                {
                    if (!place.IsOwn) break;
                    if (place.Depth <= parts.StatusDepth) (parts.Status, parts.StatusDepth) = ((int)status, place.Depth);
                    return;
                }
                break;
            case FieldMeaning.Bytes:
                if (LineDissector.Number(text) is >= 0 and var bytes) { parts.Bytes = bytes; return; }
                break;
            case FieldMeaning.Time when place.IsOwn && (parts.Time is null || place.Depth < parts.TimeDepth):
                if (LogTime.TryIso(text, clock.Offset, out DateTimeOffset time, out _)
                    || (double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double unix) && LogTime.TryUnix(unix, out time)))
                {
                    (parts.Time, parts.TimeDepth) = (time, place.Depth);
                    return;
                }
                break;
            case FieldMeaning.Target:
                AddTarget(line, start, length, json, parts);
                return;
            case FieldMeaning.Path:
                parts.AddTarget(line, start, length, json);
                return;
            case FieldMeaning.Referrer:
                parts.AddReferrer(line, start, length, json);
                return;
            case FieldMeaning.Plain when System.Text.Ascii.EqualsIgnoreCase(text, "critical"): // the one level that is an event by itself
                parts.Add(new LineField(RuleTarget.Field, start, length, nameStart, nameLength, json));
                return;
            case FieldMeaning.Query when IsSentence(text):
                parts.Add(new LineField(RuleTarget.Field, start, length, nameStart, nameLength, json));
                return;
            case FieldMeaning.Query:
                parts.AddQuery(line, start, length, json);
                return;
        }
        RuleTarget target = FieldMeanings.Target(meaning);
        if (target != RuleTarget.None) parts.Add(new LineField(target, start, length, nameStart, nameLength, json));
    }

    /// <summary>What a client sent: it is looked at, and says nothing of who asked, when, and how it ended. Only of the headers one is told by proxies, too.</summary>
    private static void AddOfClient(ReadOnlySpan<byte> line, int start, int length, bool json, in LineField field, FieldMeaning meaning, FieldPlace place, LineParts parts)
    {
        Range path = parts.Path;
        if (meaning == FieldMeaning.Forwarded && place.IsHeaders) parts.Clients.Add(line, meaning, start, length, place);
        if (meaning == FieldMeaning.ResourceTenant) parts.ResourceTenant = start..(start + length);
        switch (meaning)
        {
            case FieldMeaning.Target or FieldMeaning.Path: parts.AddTarget(line, start, length, json); break;
            case FieldMeaning.Referrer: parts.AddReferrer(line, start, length, json); break;
            case FieldMeaning.Query when !IsSentence(line.Slice(start, length)): parts.AddQuery(line, start, length, json); break;
            default:
                RuleTarget target = FieldMeanings.Target(meaning);
                parts.Add(field with { Kind = target == RuleTarget.None ? RuleTarget.Field : target });
                break;
        }
        parts.Path = path;
    }

    /// <summary>True for a query in a language: a name of a parameter has no blank in it.</summary>
    private static bool IsSentence(ReadOnlySpan<byte> text)
    {
        int equals = text.IndexOf((byte)'=');
        return (equals < 0 ? text : text[..equals]).TrimEnd((byte)' ').IndexOf((byte)' ') >= 0;
    }

    /// <summary>A URL, a path, or a whole request line.</summary>
    private static void AddTarget(ReadOnlySpan<byte> line, int start, int length, bool json, LineParts parts)
    {
        ReadOnlySpan<byte> text = line.Slice(start, length);
        int first = text.IndexOf((byte)' '), last = text.LastIndexOf((byte)' ');
        if (first is > 0 and < 10 && last > first && text[(last + 1)..].StartsWith("HTTP/"u8))
        {
            if (parts.Method.Equals(default(Range))) parts.Method = start..(start + first);
            (start, length) = (start + first + 1, last - first - 1);
        }
        parts.AddTarget(line, start, length, json);
    }
}
