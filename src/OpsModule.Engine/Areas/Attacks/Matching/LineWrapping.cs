using System.Text;
using System.Text.Json;
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
        .. "__REALTIME_TIMESTAMP _TRANSPORT kubernetes @metadata container_id ecs_cluster log.file.path filebeat".Split(' ')
            .Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly byte[][] Lines = ["log"u8.ToArray(), "MESSAGE"u8.ToArray(), "message"u8.ToArray()];

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
        if (line is not [(byte)'{', ..] || !TryFind(line, out int at, out Range text) || !IsLine(line[text])) return false;
        inner.Set(line[text]);
        inner.Length = EscapeDecoding.DecodeJson(inner.Span);
        while (inner.Length > 0 && inner.Span[^1] is (byte)'\n' or (byte)'\r') inner.Length--;
        inner.Append((byte)' ');
        foreach (byte b in line[..at]) inner.Append(b);
        foreach (byte b in line[(text.End.Value + 1)..]) inner.Append(b);
        return true;
    }

    /// <summary>
    /// Finds the field with the line. Only the outermost object is the collector's: what stands deeper, a client may have sent. A field that
    /// comes twice is nobody's.
    /// </summary>
    private static bool TryFind(ReadOnlySpan<byte> line, out int at, out Range text)
    {
        (at, text) = (-1, default);
        int best = Lines.Length;
        bool gathered = false;
        Span<bool> seen = stackalloc bool[Lines.Length];
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                int begin = (int)reader.TokenStartIndex, name = IndexOf(reader, Lines);
                bool stream = reader.ValueTextEquals("stream"u8);
                gathered |= IndexOf(reader, Gatherers) >= 0;
                reader.Read();
                if (name >= 0 && seen[name]) return false;
                if (name >= 0) seen[name] = true;
                bool isText = reader.TokenType == JsonTokenType.String;
                gathered |= stream && isText && reader.ValueSpan.StartsWith("std"u8);
                if (name >= 0 && name < best && isText)
                    (best, at, text) = (name, begin, ((int)reader.TokenStartIndex + 1)..((int)reader.BytesConsumed - 1));
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return false; }
        return gathered && at >= 0;
    }

    private static int IndexOf(in Utf8JsonReader reader, byte[][] names)
    {
        for (int i = 0; i < names.Length; i++)
            if (reader.ValueTextEquals(names[i])) return i;
        return -1;
    }

    /// <summary>True for an object, or what begins with an address and has a time in brackets.</summary>
    private static bool IsLine(ReadOnlySpan<byte> text) =>
        text.StartsWith("{\\\""u8) || (text.Length > 20 && Formats.AddressText.Length(text) > 0
            && text[..Math.Min(text.Length, 256)].IndexOf("] \\\""u8) > 0);

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
