using OpsModule.Engine.Areas.Attacks.Decoding;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Takes off what is around a line or in between: what Docker's json-file, journald and collectors add, the mark that a file of UTF-8
/// begins with, colours for terminals.
/// </summary>
internal static class LineWrapping
{
    private const byte Escape = 0x1B;

    /// <summary>Fields that only what gathers lines writes.</summary>
    private static readonly byte[][] Gatherers =
    [
        "\"stream\":\"std"u8.ToArray(), "\"stream\": \"std"u8.ToArray(), "\"__REALTIME_TIMESTAMP\""u8.ToArray(),
            "\"_TRANSPORT\""u8.ToArray(), "\"kubernetes\""u8.ToArray(),
        "\"@metadata\""u8.ToArray(), "\"container_id\""u8.ToArray(), "\"ecs_cluster\""u8.ToArray(), "\"log.file.path\""u8.ToArray(),
            "\"filebeat\""u8.ToArray(),
    ];

    private static readonly byte[][] Lines =
    [
        "\"log\":\""u8.ToArray(), "\"log\": \""u8.ToArray(), "\"MESSAGE\":\""u8.ToArray(), "\"MESSAGE\": \""u8.ToArray(),
            "\"message\":\""u8.ToArray(), "\"message\": \""u8.ToArray(),
    ];

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
        bool docker = DockerLine.TryUnwrap(line, inner, out time) || TryGathered(line, inner);
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

    /// <summary>
    /// The line of a server that journald or a collector put into a field: an access line, or an object. What the collector tells besides
    /// stays behind it, so that all
    /// of it is looked at.
    /// </summary>
    private static bool TryGathered(ReadOnlySpan<byte> line, TextBuffer inner)
    {
        if (line is not [(byte)'{', ..] || !HasOne(line, Gatherers)) return false;
        foreach (byte[] name in Lines)
        {
            int at = line.IndexOf(name);
            if (at < 0) continue;
            int begin = at + name.Length, end = begin;
            while (end < line.Length && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
            if (end >= line.Length || !IsLine(line[begin..end])) return false;
            inner.Set(line[begin..end]);
            inner.Length = EscapeDecoding.DecodeJson(inner.Span);
            while (inner.Length > 0 && inner.Span[^1] is (byte)'\n' or (byte)'\r') inner.Length--;
            inner.Append((byte)' ');
            foreach (byte b in line[..at]) inner.Append(b);
            foreach (byte b in line[Math.Min(end + 1, line.Length)..]) inner.Append(b);
            return true;
        }
        return false;
    }

    /// <summary>True for an object, or what begins with an address and has a time in brackets.</summary>
    private static bool IsLine(ReadOnlySpan<byte> text) =>
        text.StartsWith("{\\\""u8) || (text.Length > 20 && Formats.AddressText.Length(text) > 0
            && text[..Math.Min(text.Length, 256)].IndexOf("] \\\""u8) > 0);

    private static bool HasOne(ReadOnlySpan<byte> line, byte[][] texts)
    {
        foreach (byte[] text in texts)
            if (line.IndexOf(text) >= 0) return true;
        return false;
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
