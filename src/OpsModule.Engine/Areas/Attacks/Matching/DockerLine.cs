using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>A line of a json-file log of Docker: <c>{"log":"...\n","stream":"stdout","time":"..."}</c>.</summary>
internal static class DockerLine
{
    /// <summary>Takes out the line that the container wrote, and when.</summary>
    public static bool TryUnwrap(ReadOnlySpan<byte> line, TextBuffer inner, out DateTimeOffset? time)
    {
        time = null;
        ReadOnlySpan<byte> begin = "{\"log\":\""u8, stream = "\",\"stream\":\"std"u8, stamp = "\"time\":\""u8;
        if (!line.StartsWith(begin)) return false;
        int end = line.LastIndexOf(stream);
        if (end < begin.Length) return false;
        ReadOnlySpan<byte> rest = line[end..];
        if (rest.IndexOf(stamp) is not (> 0 and var at) || !LogTime.TryIso(rest[(at + stamp.Length)..], TimeSpan.Zero, out DateTimeOffset written, out _)) return false;
        inner.Set(line[begin.Length..end]);
        inner.Length = EscapeDecoding.DecodeJson(inner.Span);
        while (inner.Length > 0 && inner.Span[^1] is (byte)'\n' or (byte)'\r') inner.Length--;
        time = written;
        return true;
    }
}
