using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>A line of a container's output with its time.</summary>
/// <param name="Time">When; of a line without a time, that of the one before it.</param>
/// <param name="Stamp">How many bytes the time and the space after it take.</param>
/// <param name="Bytes">The whole line with its end.</param>
public readonly record struct StampedLine(DateTimeOffset Time, int Stamp, ReadOnlyMemory<byte> Bytes)
{
    private const int Block = 64 * 1024, LongestStamp = 40, Digits = 7;

    /// <summary>A line so long is given in pieces, so that memory stays bounded.</summary>
    private const int LongestLine = 1024 * 1024;

    /// <summary>The lines of a stream; the last one may have no end.</summary>
    public static async IAsyncEnumerable<StampedLine> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[Block];
        int held = 0;
        DateTimeOffset before = DateTimeOffset.MinValue;
        bool inside = false;
        while (await stream.ReadAsync(buffer.AsMemory(held), cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            held += read;
            int start = 0;
            while (buffer.AsSpan(start, held - start).IndexOf((byte)'\n') is var end and >= 0)
            {
                yield return Take(buffer.AsSpan(start, end + 1));
                inside = false;
                start += end + 1;
            }
            if (start == 0 && held >= LongestLine)
            {
                yield return Take(buffer.AsSpan(0, held));
                inside = true;
                start = held;
            }
            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
            if (held == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        }
        if (held > 0) yield return Take(buffer.AsSpan(0, held));

        StampedLine Take(ReadOnlySpan<byte> line)
        {
            int stamp = 0;
            if (!inside && TryRead(line, out DateTimeOffset time, out stamp)) before = time;
            return new StampedLine(before, stamp, line.ToArray());
        }
    }

    /// <summary>A time of RFC 3339 and a space; nanoseconds are cut off.</summary>
    private static bool TryRead(ReadOnlySpan<byte> line, out DateTimeOffset time, out int length)
    {
        time = default;
        length = line[..Math.Min(line.Length, LongestStamp)].IndexOf((byte)' ') + 1;
        if (length < 20) { length = 0; return false; }
        Span<char> text = stackalloc char[LongestStamp];
        int count = Encoding.ASCII.GetChars(line[..(length - 1)], text);
        text = text[..count];
        int from = text.IndexOf('.') + 1, digits = from == 0 ? 0 : text[from..].IndexOfAnyExceptInRange('0', '9');
        if (digits > Digits)
        {
            text[(from + digits)..].CopyTo(text[(from + Digits)..]);
            text = text[..(count - digits + Digits)];
        }
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time)) return true;
        length = 0;
        return false;
    }
}
