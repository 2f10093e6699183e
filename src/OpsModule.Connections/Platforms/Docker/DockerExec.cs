using System.Net.Sockets;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Runs one program in a container, beside what it runs anyway.</summary>
public sealed class DockerExec(DockerEngine engine, ServiceInstance instance, ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink)
{
    // A program that cannot be started says so in the place of its output, and ends with one of these.
    private const string StartFailure = "OCI runtime exec failed";
    private const int NotRunnable = 126, NotFound = 127;

    private string? _failure;
    private bool _hasOutput;

    /// <summary>
    /// The call of a program that runs in a container. The values of its environment go through the docker client's own environment, never
    /// through an
    /// argument.
    /// </summary>
    public static ProgramCall Call(string container, ProgramCall call, ProgramSeat? seat = null)
    {
        var arguments = new List<string> { "exec", seat?.Terminal is true ? "-it" : "-i" };
        if (seat?.User is { } user) arguments.AddRange(["--user", user]);
        if (call.WorkingDirectory is { } folder) arguments.AddRange(["--workdir", folder]);
        foreach ((string name, string? value) in call.Environment)
            if (value is not null) arguments.AddRange(["-e", name]);
        return call with { FileName = "docker", Arguments = [.. arguments, container, call.FileName, .. call.Arguments],
            WorkingDirectory = null };
    }

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="OpsException"><c>ContainerBusy</c>, <c>ContainerNotFound</c>, <c>ProgramMissing</c>, <c>ProgramRefused</c>.</exception>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var wanted = new ContainerExecCreateParameters
        {
            AttachStdin = request.Input is not null,
            AttachStdout = true,
            AttachStderr = true,
            Cmd = [.. request.Command],
            User = request.User ?? "",
            WorkingDir = request.WorkingDirectory ?? "",
            Env = [.. request.Variables ?? []],
        };
        ContainerExecCreateResponse made = await engine.CallAsync("a program to run", (client, token) => client.Exec.CreateContainerExecAsync(instance.Id, wanted, token), ct).ConfigureAwait(false);
        string id = DockerQuery.Text(made.ID) ?? throw DockerErrors.Unreadable("a program to run");
        try { await AttachAsync(id, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "EngineRefused" && e.Message.Contains(StartFailure, StringComparison.Ordinal)) { throw NotStarted(e.Message); }
        int exitCode = await ExitCodeAsync(id, ct).ConfigureAwait(false);
        if (_failure is null) return exitCode;
        if (exitCode is NotRunnable or NotFound) throw NotStarted(_failure);
        await sink(false, Encoding.UTF8.GetBytes(_failure)).ConfigureAwait(false);
        return exitCode;
    }

    private async Task AttachAsync(string id, CancellationToken ct)
    {
        using MultiplexedStream session = await engine.AttachAsync(id, ct).ConfigureAwait(false);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task feeding = request.Input is { } input ? FeedAsync(session, input, over.Token) : Task.CompletedTask;
        try
        {
            await DockerOutput.ReadAsync(session, request.Command[0], TakeAsync, ct).ConfigureAwait(false);
        }
        finally
        {
            // A program may end without reading all of its input.
            await over.CancelAsync().ConfigureAwait(false);
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (feeding is { IsFaulted: true }) await feeding.ConfigureAwait(false);
    }

    private static async Task FeedAsync(MultiplexedStream session, Stream input, CancellationToken ct)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await input.ReadAsync(buffer, ct).ConfigureAwait(false) is var read and > 0)
        {
            try { await session.WriteAsync(buffer, 0, read, ct).ConfigureAwait(false); }
            catch (Exception e) when (IsOver(e)) { return; /* it reads no more; its exit code tells */ }
        }
        try { session.CloseWrite(); }
        catch (Exception e) when (IsOver(e)) { /* it has ended */ }
    }

    private static bool IsOver(Exception e) => e is IOException or SocketException or ObjectDisposedException;

    private ValueTask TakeAsync(bool error, ReadOnlyMemory<byte> bytes)
    {
        // Held back until the exit code tells whether it is the engine that speaks, or a program that happens to say so.
        if (_failure is not null || (!_hasOutput && !error && bytes.Span.StartsWith(Encoding.ASCII.GetBytes(StartFailure))))
        {
            _failure += Encoding.UTF8.GetString(bytes.Span);
            return ValueTask.CompletedTask;
        }
        _hasOutput = true;
        return sink(error, bytes);
    }

    private async Task<int> ExitCodeAsync(string id, CancellationToken ct)
    {
        while (true)
        {
            ContainerExecInspectResponse state = await engine.CallAsync("a program that ended", (client, token) => client.Exec.InspectContainerExecAsync(id, token), ct).ConfigureAwait(false);
            // It may have closed its output before it ends.
            if (!state.Running) return (int)(state.ExitCode ?? throw DockerErrors.Unreadable("a program that ended"));
            await Task.Delay(50, ct).ConfigureAwait(false);
        }
    }

    private OpsException NotStarted(string text) => ProgramStart.Failed(text, instance, request.Command[0]);
}
