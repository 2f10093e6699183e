using OpsModule.Engine.Areas.Attacks.Decoding;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Takes off what is around a line or in between: what Docker's json-file adds, the mark that a file of UTF-8 begins with, colours for terminals.</summary>
internal static class LineWrapping
{
    private const byte Escape = 0x1B;

    /// <summary>Puts the line itself into the buffer; false when there is nothing around it.</summary>
    public static bool TryUnwrap(ReadOnlySpan<byte> line, TextBuffer inner, out DateTimeOffset? time)
    {
        time = null;
        if (line.StartsWith("\uFEFF"u8))
        {
            inner.Set(line[3..]);
            if (DockerLine.TryUnwrap(line[3..], inner, out time)) { /* a file of Docker with a mark */ }
            RemoveColours(inner);
            return true;
        }
        bool docker = DockerLine.TryUnwrap(line, inner, out time);
        if (!docker && line.IndexOf(Escape) < 0) return false;
        if (!docker) inner.Set(line);
        if (inner.Span.StartsWith("\uFEFF"u8))
        {
            inner.Span[3..].CopyTo(inner.Span);
            inner.Length -= 3;
        }
        RemoveColours(inner);
        return true;
    }

    /// <summary>Takes out <c>ESC [ numbers m</c>.</summary>
    private static void RemoveColours(TextBuffer text)
    {
        Span<byte> bytes = text.Span;
        int to = bytes.IndexOf(Escape);
        if (to < 0) return;
        for (int from = to; from < bytes.Length;)
        {
            if (bytes[from] == Escape && End(bytes, from) is > 0 and var end) from = end;
            else bytes[to++] = bytes[from++];
        }
        text.Length = to;
    }

    private static int End(ReadOnlySpan<byte> bytes, int from)
    {
        if (from + 1 >= bytes.Length || bytes[from + 1] != '[') return 0;
        for (int i = from + 2; i < bytes.Length; i++)
        {
            if (bytes[i] is (byte)'m' or (byte)'K') return i + 1;
            if (bytes[i] is not ((>= (byte)'0' and <= (byte)'9') or (byte)';' or (byte)':')) return 0;
        }
        return 0;
    }
}
