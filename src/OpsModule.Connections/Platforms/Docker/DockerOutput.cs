using Docker.DotNet;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Reads the combined stream of stdout and stderr.</summary>
public static class DockerOutput
{
    /// <summary>Asks for the output of a container.</summary>
    /// <exception cref="OpsException"><c>LogNotKept</c> where its log driver keeps nothing that can be read, and what the engine
    /// reports.</exception>
    internal static async Task<MultiplexedStream> OpenAsync(DockerEngine engine, ServiceInstance instance, ContainerLogsParameters which,
        CancellationToken ct)
    {
        try
        {
            return await engine.CallAsync($"the log of {instance.Name}", (client, token) =>
                client.Containers.GetContainerLogsAsync(instance.Id, which, token), ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "EngineRefused"
            && instance.LogKeeping is { Driver: not ("json-file" or "local" or "journald") and var driver })
        {
            throw PlatformErrors.LogNotKept.Make($"What {instance.Name} of the service {instance.Service} writes is not kept where it can be read: its log driver is {driver}.",
                "Read it where that driver takes it, or give the service another one in the compose file (logging: { driver: local }) and make it anew: "
                    + $"Restart-OpsService {instance.Service} -Recreate.", instance.Service, e);
        }
    }

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
