using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Puts what a line's format says where it belongs.</summary>
internal static class FormatSink
{
    /// <summary>Takes a line of the common or the combined format and its kin.</summary>
    public static void Add(ReadOnlySpan<byte> line, in AccessText access, LineParts parts)
    {
        AddClient(line, access.Client, access.Forwarded, parts);
        (parts.Status, parts.Bytes, parts.Time) = (access.Status, access.Bytes, access.Time);
        AddRequest(line, access.Request, parts);
        if (!IsNone(line[access.Referrer])) parts.AddReferrer(line, access.Referrer.Start.Value,
            access.Referrer.End.Value - access.Referrer.Start.Value);
        AddPart(line, access.Agent, RuleTarget.Agent, parts);
        if (access.Agent.Equals(default(Range))) parts.AddAgents(line, access.Tail);
        AddPart(line, access.User, RuleTarget.User, parts);
        // What stands before the user: a host, or what a proxy was told.
        (int from, int to) = (access.Head.Start.Value, access.User.Start.Value);
        if (from > 0) parts.Add(new LineField(RuleTarget.Message, 0, from));
        parts.AddRest(line, from, to);
        parts.AddRest(line, access.Tail, line.Length);
    }

    /// <summary>Takes a line of another format.</summary>
    public static void Add(ReadOnlySpan<byte> line, FormatMatch match, LogClock clock, LineParts parts)
    {
        foreach (FormatField told in (ReadOnlySpan<FormatField>)[FormatField.Client, FormatField.Time, FormatField.Method,
            FormatField.Status, FormatField.Bytes])
            if (match.Told(told) is var place && !place.Equals(default(Range))) TryTold(line, told, place, clock, parts);
        foreach ((FormatField field, int start, int end) in match.Fields)
        {
            if (end <= start || IsNone(line[start..end])) continue;
            switch (field)
            {
                case FormatField.Request: AddRequest(line, start..end, parts); break;
                case FormatField.Path: parts.AddTarget(line, start, end - start); break;
                case FormatField.Query: parts.AddQuery(line, start, end - start, false); break;
                case FormatField.Referrer: parts.AddReferrer(line, start, end - start); break;
                case FormatField.Agent: AddPart(line, start..end, RuleTarget.Agent, parts); break;
                case FormatField.User: AddPart(line, start..end, RuleTarget.User, parts); break;
                case FormatField.Forwarded:
                    parts.Clients.AddForwarded(line, start, end - start);
                    parts.Add(new LineField(RuleTarget.Field, start, end - start));
                    parts.Add(new LineField(RuleTarget.User, start, end - start));
                    break;
                case FormatField.Any:
                    parts.Add(new LineField(RuleTarget.Field, start, end - start));
                    parts.AddPieces(line, start, end);
                    break;
                case FormatField.Host or FormatField.Word: parts.Add(new LineField(RuleTarget.Field, start, end - start)); break;
            }
        }
        if (match.From > 0) parts.Add(new LineField(RuleTarget.Message, 0, match.From));
        parts.AddRest(line, match.To, line.Length);
    }

    /// <summary>Takes what the server itself tells; false when it is none of that.</summary>
    public static bool TryTold(ReadOnlySpan<byte> line, FormatField? field, Range place, LogClock clock, LineParts parts)
    {
        ReadOnlySpan<byte> text = line[place];
        (int start, int length) = place.GetOffsetAndLength(line.Length);
        switch (field)
        {
            case FormatField.Client when !AddressText.Whole(text, 0).Equals(default(Range)):
                parts.Clients.Add(line, FieldMeaning.Peer, start, length, FieldPlace.Top);
                return true;
            case FormatField.Forwarded:
                parts.Clients.AddForwarded(line, start, length);
                return false; // it is looked at, too
            case FormatField.Time:
                if (LineTime.TryParse(text, clock, out DateTimeOffset time)) parts.Time = time;
                return true;
            case FormatField.Method:
                parts.Method = place;
                return true;
            case FormatField.Status when LineDissector.Number(text) is >= 100 and <= 999 and var status:
                parts.Status = (int)status;
                return true;
            case FormatField.Bytes when LineDissector.Number(text) is >= 0 and var bytes:
                parts.Bytes = bytes;
                return true;
            case FormatField.Path:
                parts.AddTarget(line, start, length);
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// The first word of an access line: an address, or the name of a host. A list there is what proxies, or a client, have written; so is
    /// what stands in quotation marks behind the program that asked, as in the format main of nginx.
    /// </summary>
    private static void AddClient(ReadOnlySpan<byte> line, Range client, Range forwarded, LineParts parts)
    {
        (int start, int length) = client.GetOffsetAndLength(line.Length);
        while (length > 0 && line[start] == '"') (start, length) = (start + 1, length - 1);
        if (length > 1 && line[start + length - 1] == '"') length--;
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

    /// <summary>A request, or what was none.</summary>
    public static void AddRequest(ReadOnlySpan<byte> line, Range request, LineParts parts)
    {
        (int start, int length) = request.GetOffsetAndLength(line.Length);
        if (!RequestText.TrySplit(line[request], out int method, out Range target))
        {
            parts.Add(new LineField(RuleTarget.Malformed, start, length));
            return;
        }
        if (parts.Method.Equals(default(Range))) parts.Method = start..(start + method);
        (int at, int size) = target.GetOffsetAndLength(length);
        parts.AddTarget(line, start + at, size);
    }

    private static void AddPart(ReadOnlySpan<byte> line, Range part, RuleTarget kind, LineParts parts)
    {
        (int start, int length) = part.GetOffsetAndLength(line.Length);
        if (!IsNone(line[part])) parts.Add(new LineField(kind, start, length));
    }

    private static bool IsNone(ReadOnlySpan<byte> text) => text is [] or [(byte)'-'];
}
