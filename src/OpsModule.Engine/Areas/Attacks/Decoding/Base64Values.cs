using System.Buffers.Text;

namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Values that are clearly base64 of text.</summary>
internal static class Base64Values
{
    private const int Shortest = 16, Longest = 16 * 1024, Most = 4;

    private static readonly System.Buffers.SearchValues<byte> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_%="u8);

    /// <summary>Runs that may be base64, at most four.</summary>
    public static IReadOnlyList<Range> Find(ReadOnlySpan<byte> text)
    {
        List<Range>? found = null;
        for (int from = 0; from < text.Length && (found?.Count ?? 0) < Most;)
        {
            int start = text[from..].IndexOfAny(Alphabet);
            if (start < 0) break;
            start += from;
            int length = text[start..].IndexOfAnyExcept(Alphabet);
            if (length < 0) length = text.Length - start;
            from = start + length;
            // name=value stands in one run; a value's own '=' are only at its end.
            int equals = text.Slice(start, length).TrimEnd((byte)'=').IndexOf((byte)'=');
            if (equals >= 0) (start, length) = (start + equals + 1, length - equals - 1);
            if (length is >= Shortest and <= Longest) (found ??= []).Add(start..(start + length));
        }
        return found ?? (IReadOnlyList<Range>)[];
    }

    /// <summary>The text that a run holds, or null when it holds none.</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> run)
    {
        byte[] text = run.ToArray();
        DecodeTrail ignored = DecodeTrail.None;
        Span<byte> plain = text.AsSpan(0, UrlDecoding.Decode(text, ref ignored)).TrimEnd((byte)'=');
        if (plain.Length % 4 == 1 || plain.IndexOf((byte)'%') >= 0 || plain.IndexOf((byte)'=') >= 0) return null;
        plain.Replace((byte)'-', (byte)'+');
        plain.Replace((byte)'_', (byte)'/');
        byte[] padded = new byte[(plain.Length + 3) / 4 * 4];
        padded.AsSpan().Fill((byte)'=');
        plain.CopyTo(padded);
        byte[] result = new byte[padded.Length / 4 * 3];
        if (Base64.DecodeFromUtf8(padded, result, out _, out int written) != System.Buffers.OperationStatus.Done || written == 0) return null;
        // Names and numbers decode to noise; text does not.
        foreach (byte b in result.AsSpan(0, written))
            if (b is < (byte)' ' and not ((byte)'\n' or (byte)'\r' or (byte)'\t') or >= 0x7F) return null;
        return result[..written];
    }
}
