using OpsModule.Engine.Attacks.Rules;
using OpsModule.Engine.Logs;

namespace OpsModule.Engine.Attacks.Matching;

/// <summary>Puts a field of a structured line where it belongs.</summary>
internal static class FieldSink
{
    public static void Add(ReadOnlySpan<byte> line, Range name, Range value, bool json, FieldMeanings meanings, LogClock clock, LineParts parts)
    {
        (int start, int length) = value.GetOffsetAndLength(line.Length);
        (int nameStart, int nameLength) = name.GetOffsetAndLength(line.Length);
        ReadOnlySpan<byte> text = line.Slice(start, length);
        FieldMeaning meaning = meanings[line.Slice(nameStart, nameLength)];
        switch (meaning)
        {
            case FieldMeaning.Client when parts.Client.Equals(default(Range)): parts.Client = ClientAddress.First(text, start); break;
            case FieldMeaning.Tenant when parts.Tenant.Equals(default(Range)): parts.Tenant = value; break;
            case FieldMeaning.ResourceTenant: parts.ResourceTenant = value; break;
            case FieldMeaning.Method: parts.Method = value; return;
            case FieldMeaning.Status:
                if (LineDissector.Number(text) is >= 100 and <= 599 and var status) { parts.Status = (int)status; return; }
                break;
            case FieldMeaning.Bytes:
                if (LineDissector.Number(text) is >= 0 and var bytes) { parts.Bytes = bytes; return; }
                break;
            case FieldMeaning.Time when parts.Time is null:
                if (LogTime.TryIso(text, clock.Offset, out DateTimeOffset time, out _)
                    || (double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double unix) && LogTime.TryUnix(unix, out time))) { parts.Time = time; return; }
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
