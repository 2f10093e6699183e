using System.Buffers.Binary;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>
/// Takes apart the engine's combined stream of stdout and stderr: frames of an 8-byte header (stream, three zeros, length as big-endian)
/// and that many bytes. With a terminal there are no frames, and everything is stdout.
/// </summary>
internal static class DockerFrames
{
    private const int HeaderSize = 8, ErrorStream = 2, LastStream = 3;

    /// <summary>Reads to the end. The memory given to <paramref name="sink"/> is reused after it returns.</summary>
    /// <param name="stream">The engine's answer.</param>
    /// <param name="terminal">True when the container has a terminal.</param>
    /// <param name="sink">Takes bytes: whether they are of stderr, and the bytes.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="OpsException"><c>EngineUnreachable</c> when the connection breaks, <c>EngineAnswerInvalid</c> for what are no frames.</exception>
    public static async Task ReadAsync(Stream stream, bool terminal, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken ct)
    {
        byte[] buffer = new byte[128 * 1024];
        if (terminal)
        {
            while (await SomeAsync(stream, buffer, ct).ConfigureAwait(false) is var read and > 0) await sink(false, buffer.AsMemory(0, read)).ConfigureAwait(false);
            return;
        }
        // A frame is often a short line, so many are taken from the stream at once.
        (int start, int end, uint left, bool error) = (0, 0, 0u, false);
        while (true)
        {
            while (left > 0 ? end > start : end - start >= HeaderSize)
            {
                if (left == 0)
                {
                    (left, error) = Header(buffer.AsSpan(start, HeaderSize));
                    start += HeaderSize;
                    continue;
                }
                int take = (int)Math.Min(left, end - start);
                await sink(error, buffer.AsMemory(start, take)).ConfigureAwait(false);
                start += take;
                left -= (uint)take;
            }
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            int more = await SomeAsync(stream, buffer.AsMemory(end), ct).ConfigureAwait(false);
            if (more == 0) return; // the end, or the container went away in the middle of a line
            end += more;
        }
    }

    private static (uint Length, bool Error) Header(ReadOnlySpan<byte> header) =>
        header[0] > LastStream || header.Slice(1, 3).ContainsAnyExcept((byte)0)
            ? throw DockerEngine.Unreadable("a container's output")
            : (BinaryPrimitives.ReadUInt32BigEndian(header[4..]), header[0] == ErrorStream);

    private static async ValueTask<int> SomeAsync(Stream stream, Memory<byte> buffer, CancellationToken ct)
    {
        try { return await stream.ReadAsync(buffer, ct).ConfigureAwait(false); }
        catch (IOException e) { throw DockerEngine.Broken(e); }
    }
}
