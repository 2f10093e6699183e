using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Runs a program on the host itself, beside the service: as who runs the command, or with <c>runuser</c> as another user.</summary>
public static class HostExec
{
    /// <summary>Runs it to its end; it is ended when the command is.</summary>
    public static async Task<int> RunAsync(ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken ct)
    {
        using var turn = new SemaphoreSlim(1);
        IReadOnlyList<string> command = request.User is null || request.User == Environment.UserName ? request.Command : ["runuser", "-u", request.User, "--", .. request.Command];
        var call = new ProgramCall(command[0], [.. command.Skip(1)])
        {
            WorkingDirectory = request.WorkingDirectory,
            Environment = (request.Variables ?? []).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], string? (v) => v.Length > 1 ? v[1] : ""),
            OnErrorLine = line => GiveAsync(true, Encoding.UTF8.GetBytes(line + "\n")).GetAwaiter().GetResult(),
        };
        await using RunningProgram program = ProgramRunner.Start(call);
        await using CancellationTokenRegistration stop = ct.Register(program.Kill);
        Task feeding = FeedAsync(program, request.Input, ct);
        byte[] buffer = new byte[64 * 1024];
        while (await program.Output.ReadAsync(buffer, ct).ConfigureAwait(false) is var read and > 0) await GiveAsync(false, buffer.AsMemory(0, read)).ConfigureAwait(false);
        int exitCode = await program.EndAsync(ct).ConfigureAwait(false);
        ct.ThrowIfCancellationRequested();
        // It may have ended without reading all of its input.
        await feeding.ConfigureAwait(false);
        return exitCode;

        // Both streams come at the same time; the sink takes one piece after another.
        async Task GiveAsync(bool error, ReadOnlyMemory<byte> bytes)
        {
            await turn.WaitAsync(ct).ConfigureAwait(false);
            try { await sink(error, bytes).ConfigureAwait(false); }
            finally { turn.Release(); }
        }
    }

    private static async Task FeedAsync(RunningProgram program, Stream? input, CancellationToken ct)
    {
        try
        {
            if (input is not null) await input.CopyToAsync(program.Input, ct).ConfigureAwait(false);
            program.Input.Close();
        }
        catch (IOException) { /* it reads no more; its exit code tells */ }
    }
}
