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
        byte[] buffer = new byte[64 * 1024];
        if (terminal)
        {
            while (await SomeAsync(stream, buffer, 1, ct).ConfigureAwait(false) is var read and > 0) await sink(false, buffer.AsMemory(0, read)).ConfigureAwait(false);
            return;
        }
        byte[] header = new byte[HeaderSize];
        while (await SomeAsync(stream, header, HeaderSize, ct).ConfigureAwait(false) == HeaderSize)
        {
            if (header[0] > LastStream || header.AsSpan(1, 3).ContainsAnyExcept((byte)0)) throw DockerEngine.Unreadable("a container's output");
            uint left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            while (left > 0)
            {
                int read = await SomeAsync(stream, buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), 1, ct).ConfigureAwait(false);
                if (read == 0) return; // the container went away in the middle of a line
                await sink(header[0] == ErrorStream, buffer.AsMemory(0, read)).ConfigureAwait(false);
                left -= (uint)read;
            }
        }
    }

    private static async ValueTask<int> SomeAsync(Stream stream, Memory<byte> buffer, int least, CancellationToken ct)
    {
        try { return await stream.ReadAtLeastAsync(buffer, least, throwOnEndOfStream: false, ct).ConfigureAwait(false); }
        catch (IOException e) { throw DockerEngine.Broken(e); }
    }
}
