using Docker.DotNet;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Reads the combined stream of stdout and stderr.</summary>
public static class DockerOutput
{
    /// <summary>Reads to the end. The memory given to <paramref name="sink"/> is reused after it returns.</summary>
    /// <param name="stream">The engine's answer.</param>
    /// <param name="of">Whose output, for messages.</param>
    /// <param name="sink">Takes bytes: whether they are of stderr, and the bytes.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="OpsException"><c>EngineUnreachable</c> when the connection breaks, <c>EngineAnswerInvalid</c> for what are no frames.</exception>
    public static async Task ReadAsync(MultiplexedStream stream, string of, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken ct)
    {
        byte[] buffer = new byte[128 * 1024];
        while (await SomeAsync(stream, of, buffer, ct).ConfigureAwait(false) is { EOF: false } read)
            await sink(read.Target == MultiplexedStream.TargetStream.StandardError, buffer.AsMemory(0, read.Count)).ConfigureAwait(false);
    }

    private static async Task<MultiplexedStream.ReadResult> SomeAsync(MultiplexedStream stream, string of, byte[] buffer, CancellationToken ct)
    {
        try { return await stream.ReadOutputAsync(buffer, 0, buffer.Length, ct).ConfigureAwait(false); }
        // What broke has a kind of its own, or a cause. The library's complaint about a frame, such as the engine sends when it cannot read a log, has neither.
        catch (IOException e) when (e.GetType() == typeof(IOException) && e.InnerException is null) { throw DockerErrors.Output(of, e); }
        catch (IOException e) { throw DockerErrors.Broken(e); }
    }
}
