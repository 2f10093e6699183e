using System.Text;
using System.Text.Json;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>
/// What an engine wraps around a line of a container in its files: Docker's json-file, the CRI format of Kubernetes, and the prefixes of
/// <c>docker compose logs</c> and <c>kubectl logs --prefix</c>.
/// </summary>
internal static class ContainerLine
{
    /// <summary>Takes the wrapping off.</summary>
    /// <param name="line">The line of the file.</param>
    /// <param name="wrapped">What was found.</param>
    public static bool TryUnwrap(ReadOnlySpan<byte> line, out Wrapped wrapped)
    {
        wrapped = default;
        if (line.Length < 6) return false;
        return line[0] switch
        {
            (byte)'{' => line.StartsWith("{\"log\":\""u8) && TryDocker(line, out wrapped),
            >= (byte)'0' and <= (byte)'9' when line.Length > 30 && line[4] == '-' && line[10] == 'T' => TryCri(line, out wrapped),
            (byte)'[' => line.StartsWith("[pod/"u8) && TryPrefix(line, "] "u8, out wrapped),
            >= (byte)'a' and <= (byte)'z' => TryCompose(line, out wrapped),
            _ => false,
        };
    }

    private static bool TryDocker(ReadOnlySpan<byte> line, out Wrapped wrapped)
    {
        wrapped = default;
        byte[]? text = null;
        bool error = false, partial = false;
        DateTimeOffset? time = null;
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool log = reader.ValueTextEquals("log"u8), stream = reader.ValueTextEquals("stream"u8),
                    when = reader.ValueTextEquals("time"u8);
                reader.Read();
                if (log && reader.TokenType == JsonTokenType.String) text = Encoding.UTF8.GetBytes(reader.GetString()!);
                else if (stream && reader.TokenType == JsonTokenType.String) error = reader.ValueTextEquals("stderr"u8);
                else if (when && reader.TokenType == JsonTokenType.String && LogTime.TryIso(reader.ValueSpan, TimeSpan.Zero,
                    out DateTimeOffset read, out _)) time = read;
                else if (stream || when || log) return false;
                else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return false; }
        // Without the engine's time it is a program's own object.
        if (text is null || time is null) return false;
        if (text.Length > 0 && text[^1] == (byte)'\n') text = text[..^1];
        else partial = true;
        wrapped = new Wrapped(text, time, error, partial, default);
        return true;
    }

    /// <summary><c>2026-11-20T10:00:00.123456789Z stdout F text</c>.</summary>
    private static bool TryCri(ReadOnlySpan<byte> line, out Wrapped wrapped)
    {
        wrapped = default;
        int space = line[..Math.Min(line.Length, 40)].IndexOf((byte)' ');
        if (space < 20) return false;
        ReadOnlySpan<byte> rest = line[(space + 1)..];
        bool error = rest.StartsWith("stderr "u8);
        if ((!error && !rest.StartsWith("stdout "u8)) || rest.Length < 8 || rest[7] is not ((byte)'F' or (byte)'P') || (rest.Length > 8
            && rest[8] is not ((byte)' ' or (byte)':'))
            || !LogTime.TryIso(line, TimeSpan.Zero, out DateTimeOffset time, out int length) || length != space) return false;
        int text = rest[7..].IndexOf((byte)' ');
        wrapped = new Wrapped(text < 0 ? default : rest[(8 + text)..], time, error, rest[7] == 'P', default);
        return true;
    }

    /// <summary><c>api-1  | text</c>: a service's name with a number, and a bar.</summary>
    private static bool TryCompose(ReadOnlySpan<byte> line, out Wrapped wrapped)
    {
        wrapped = default;
        // Most lines have no bar near their beginning.
        if (line[..Math.Min(line.Length, 80)].IndexOf((byte)'|') < 0) return false;
        int end = line[..Math.Min(line.Length, 80)].IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789_.-"u8);
        if (end < 3 || line[end] != ' ' || (uint)(line[end - 1] - '0') > 9 || line[..end].LastIndexOfAny("-_"u8) is not (> 0 and var dash)
            || line[(dash + 1)..end].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return false;
        int bar = line[end..].IndexOfAnyExcept((byte)' ');
        return bar > 0 && line[end + bar] == '|' && TryPrefix(line, "|"u8, out wrapped);
    }

    private static bool TryPrefix(ReadOnlySpan<byte> line, ReadOnlySpan<byte> mark, out Wrapped wrapped)
    {
        wrapped = default;
        int end = line.IndexOf(mark);
        if (end < 0) return false;
        ReadOnlySpan<byte> rest = line[(end + mark.Length)..];
        wrapped = new Wrapped(rest.StartsWith(" "u8) ? rest[1..] : rest, null, false, false, line[..end]);
        return true;
    }

    /// <summary>A line of a container.</summary>
    /// <param name="text">What the container wrote.</param>
    /// <param name="time">When, as the engine noted it; null where it did not.</param>
    /// <param name="error">True for standard error.</param>
    /// <param name="partial">True when the line goes on in the next one.</param>
    /// <param name="source">The container, where several write to one file; lines of different ones do not belong together.</param>
    internal readonly ref struct Wrapped(ReadOnlySpan<byte> text, DateTimeOffset? time, bool error, bool partial, ReadOnlySpan<byte> source)
    {
        public ReadOnlySpan<byte> Text { get; } = text;

        public DateTimeOffset? Time { get; } = time;

        public bool Error { get; } = error;

        public bool Partial { get; } = partial;

        public ReadOnlySpan<byte> Source { get; } = source;
    }
}
