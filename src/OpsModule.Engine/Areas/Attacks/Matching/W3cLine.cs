namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Lines after W3C, as IIS and CloudFront write them: a day, a time, and words. The server's own address often stands before the client's. Blanks in what
/// clients send are written as plus signs, so that places can be trusted.
/// </summary>
internal static class W3cLine
{
    private const int MostWords = 64;

    /// <summary>True for a line that begins with a day, a blank and a time without a fraction, and has a method in it.</summary>
    public static bool IsOne(ReadOnlySpan<byte> line)
    {
        if (line.Length < 30 || !IsDay(line) || line[10] is not ((byte)' ' or (byte)'\t') || line[13] != ':' || line[16] != ':' || line[19] is not ((byte)' ' or (byte)'\t')) return false;
        Span<Range> words = stackalloc Range[MostWords];
        return Method(line, words[..Split(line, words)]) > 0;
    }

    /// <summary>Takes the client's address: by the file's own word, else by the forms that there are. False when the line is of another kind.</summary>
    public static bool AddClient(ReadOnlySpan<byte> line, W3cFields? fields, LineParts parts)
    {
        Span<Range> all = stackalloc Range[MostWords];
        ReadOnlySpan<Range> words = all[..Split(line, all)];
        bool told = fields is not null && fields.Count == words.Length;
        int client = told ? fields!.Client : ByForm(line, words);
        // Whose address it is before the method cannot be told without the file's word.
        if (client < 0 || client >= words.Length) return told || IsAddress(line, words, Method(line, words) - 1);
        (int start, int length) = words[client].GetOffsetAndLength(line.Length);
        parts.Clients.Add(line, FieldMeaning.Peer, start, length, FieldPlace.Top);
        if (!told || fields!.Forwarded < 0) return true;
        (start, length) = words[fields.Forwarded].GetOffsetAndLength(line.Length);
        parts.Clients.AddForwarded(line, start, length);
        return true;
    }

    /// <summary>Which word is the client's address, without the file's own word; -1 where that cannot be told.</summary>
    private static int ByForm(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words)
    {
        int method = Method(line, words);
        // s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip
        if (IsAddress(line, words, method - 1) && IsPort(line, words, method + 3) && IsAddress(line, words, method + 5)) return method + 5;
        // c-ip cs-username s-ip s-port cs-method
        if (IsAddress(line, words, method - 4) && IsAddress(line, words, method - 2) && IsPort(line, words, method - 1)) return method - 4;
        // x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem
        if (method == 5 && IsAddress(line, words, 4) && IsPort(line, words, 3, 20) && words.Length > 7 && line[words[7]] is [(byte)'/', ..]) return 4;
        return -1;
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

    private static bool IsAddress(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words, int index) => index >= 2 && index < words.Length && AddressText.Parse(line[words[index]]) is not null;

    private static bool IsPort(ReadOnlySpan<byte> line, ReadOnlySpan<Range> words, int index, int longest = 5) =>
        index >= 2 && index < words.Length && line[words[index]] is { Length: > 0 } word && word.Length <= longest && word.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

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
