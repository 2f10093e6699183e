using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Lines after W3C, as IIS and CloudFront write them: a day, a time, and words. The server's own address often stands before the client's. Blanks in what
/// clients send are written as plus signs, so that places can be trusted.
/// </summary>
internal static class W3cLine
{
    private const int MostWords = 64;

    // x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie)
    private static readonly FormatField?[] CloudFront =
    [
        null, null, null, FormatField.Bytes, FormatField.Client, FormatField.Method, FormatField.Host, FormatField.Path,
            FormatField.Status, FormatField.Referrer,
        FormatField.Agent, FormatField.Query, FormatField.Any,
    ];

    /// <summary>True for a line that begins with a day, a blank and a time without a fraction, and has a method in it.</summary>
    public static bool IsOne(ReadOnlySpan<byte> line)
    {
        if (line.Length < 30 || !IsDay(line) || !IsBlank(line[10]) || line[13] != ':' || line[16] != ':' || !IsBlank(line[19])
            || !HasPath(line)) return false;
        Span<Range> words = stackalloc Range[MostWords];
        return Method(line, words[..Split(line, words)]) > 0;
    }

    /// <summary>
    /// Takes a line apart: by the file's own word, else by the forms that there are. False where it seems to be something else.
    /// </summary>
    public static bool TryAdd(ReadOnlySpan<byte> line, W3cFields? fields, LogClock clock, LineParts parts)
    {
        Span<Range> all = stackalloc Range[MostWords];
        ReadOnlySpan<Range> words = all[..Split(line, all)];
        bool told = fields is not null && fields.Count == words.Length;
        // Whose address it is before the method cannot be told without the file's word.
        if (!told && (words[2..].IsEmpty || (!IsKnown(line, words) && !IsOwnAddress(line, words, Method(line, words) - 1)))) return false;
        // Whatever the zone of the machine: both write UTC.
        Span<byte> stamp = stackalloc byte[19];
        line[..19].CopyTo(stamp);
        stamp[10] = (byte)' ';
        if (LogTime.TryIso(stamp, TimeSpan.Zero, out DateTimeOffset time, out _)) parts.Time = time;
        if (told && (fields!.Day != 0 || fields.Hour != 1)) parts.Time = null;
        Span<FormatField?> kinds = stackalloc FormatField?[MostWords];
        kinds.Clear();
        if (told) for (int i = 0; i < words.Length; i++) kinds[i] = fields!.Kinds[i];
        else ByForm(line, words, kinds);
        for (int i = 2; i < words.Length; i++)
        {
            if (line[words[i]] is [(byte)'-']) continue;
            Add(line, words[i], kinds[i], clock, parts);
        }
        return true;
    }

    private static void Add(ReadOnlySpan<byte> line, Range word, FormatField? kind, LogClock clock, LineParts parts)
    {
        (int start, int length) = word.GetOffsetAndLength(line.Length);
        RuleTarget target = kind switch { FormatField.Agent => RuleTarget.Agent, FormatField.User => RuleTarget.User, _ =>
            RuleTarget.Field };
        if (kind is FormatField.Query) parts.AddQuery(line, start, length, false);
        else if (kind is FormatField.Referrer) parts.AddReferrer(line, start, length);
        else if (!FormatSink.TryTold(line, kind, word, clock, parts)) parts.Add(new LineField(target, start, length) { HasPlus = true });
    }

    /// <summary>What the words are without the file's own word, as far as that can be told.</summary>
    private static void ByForm(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words, Span<FormatField?> kinds)
    {
        int method = Method(line, words);
        // x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem
        if (method == 5 && IsAddress(line, words, 4) && IsNumber(line, words, 3, 20) && words.Length > 7 && line[words[7]] is [(byte)'/',
            ..])
        {
            for (int i = 0; i < CloudFront.Length && i < words.Length; i++) kinds[i] = CloudFront[i];
            return;
        }
        kinds[method] = FormatField.Method;
        if (method + 1 < words.Length && line[words[method + 1]] is [(byte)'/', ..])
        {
            kinds[method + 1] = FormatField.Path;
            if (method + 2 < words.Length && !IsNumber(line, words, method + 2, 3)) kinds[method + 2] = FormatField.Query;
        }
        // s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip [cs-version] cs(User-Agent) [cs(Cookie)] [cs(Referer)] [cs-host] sc-status
        if (IsOwnAddress(line, words, method - 1) && IsNumber(line, words, method + 3, 5) && IsAddress(line, words,
            method + 5)) AfterClient(line, words, kinds, method + 5);
        // c-ip cs-username s-ip s-port cs-method
        else if (method == 6 && IsAddress(line, words, 2) && IsAddress(line, words, 4) && IsNumber(line, words, 5, 5))
             kinds[method - 4] = FormatField.Client;
    }

    /// <summary>
    /// The server's address stands at the beginning, or behind the name of its site and its own. Elsewhere it is another program's line, in
    /// which a client has written words of such a one.
    /// </summary>
    private static bool IsOwnAddress(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words, int index) => IsAddress(line, words, index)
        && (index == 2 || (index == 4 && line[words[2]] is [(byte)'W', (byte)'3', (byte)'S', (byte)'V', (byte)'C', _, ..]
            && line[words[2]][5..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0));

    private static bool IsKnown(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words)
    {
        Span<FormatField?> kinds = stackalloc FormatField?[MostWords];
        kinds.Clear();
        ByForm(line, words, kinds);
        foreach (FormatField? kind in kinds)
            if (kind == FormatField.Client) return true;
        return false;
    }

    private static void AfterClient(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words, Span<FormatField?> kinds, int client)
    {
        kinds[client] = FormatField.Client;
        kinds[client - 1] = FormatField.User;
        int agent = client + 1;
        if (agent < words.Length && line[words[agent]].StartsWith("HTTP/"u8)) agent++;
        if (agent < words.Length) kinds[agent] = FormatField.Agent;
        // The status is the first of the numbers at the end: sc-status sc-substatus sc-win32-status [sc-bytes cs-bytes] time-taken
        int last = words.Length;
        while (last - 1 > agent && IsNumber(line, words, last - 1, 20)) last--;
        if (words.Length - last is >= 3 and <= 6 && IsNumber(line, words, last, 3)) kinds[last] = FormatField.Status;
        if (last - 1 > agent && line[words[agent + 1]].StartsWith("http"u8)) kinds[agent + 1] = FormatField.Referrer;
    }

    private static int Method(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words)
    {
        for (int i = 2; i + 1 < words.Length; i++)
        {
            ReadOnlySpan<byte> word = line[words[i]];
            if (word.Length is < 3 or > 12 || word.IndexOfAnyExceptInRange((byte)'A', (byte)'Z') >= 0) continue;
            if (line[words[i + 1]] is [(byte)'/', ..] || (i + 2 < words.Length && line[words[i + 2]] is [(byte)'/', ..])) return i;
        }
        return -1;
    }

    private static bool IsAddress(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words, int index) =>
        index >= 2 && index < words.Length && AddressText.Parse(line[words[index]]) is not null;

    private static bool IsNumber(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words, int index, int longest) => index >= 2
        && index < words.Length
        && line[words[index]] is { Length: > 0 } word && word.Length <= longest && word.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    /// <summary>True when a word begins with a slash.</summary>
    private static bool HasPath(ReadOnlySpan<byte> line)
    {
        for (int at = 20; at < line.Length;)
        {
            int slash = line[at..].IndexOf((byte)'/');
            if (slash < 0) return false;
            at += slash + 1;
            if (IsBlank(line[at - 2])) return true;
        }
        return false;
    }

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    private static bool IsDay(ReadOnlySpan<byte> line)
    {
        for (int i = 0; i < 10; i++)
            if (i is 4 or 7 ? line[i] != '-' : !char.IsAsciiDigit((char)line[i])) return false;
        return true;
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> words)
    {
        int count = 0;
        for (int at = 0; at < line.Length && count < words.Length;)
        {
            int end = line[at..].IndexOfAny((byte)' ', (byte)'\t');
            end = end < 0 ? line.Length : at + end;
            if (end > at) words[count++] = at..end;
            at = end + 1;
        }
        return count;
    }
}
