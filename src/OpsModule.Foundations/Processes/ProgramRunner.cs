using System.ComponentModel;
using System.Diagnostics;
using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Processes;

/// <summary>Runs programs: streamed standard input and output, no shell, cancellation, a stderr tail in the error.</summary>
public static class ProgramRunner
{
    /// <summary>Starts a program. Dispose ends it, with its children, when it has not ended.</summary>
    /// <exception cref="OpsException"><c>ProgramMissing</c> when it is not on PATH; <c>ProgramNotTrusted</c> when we are root and others could have put it there.</exception>
    public static RunningProgram Start(ProgramCall call)
    {
        var program = new RunningProgram(call, Launch(call, redirects: true));
        program.WritePreface();
        return program;
    }

    /// <summary>
    /// Runs a program to its end and returns what it printed; standard input is closed or comes from <paramref name="input"/>.
    /// </summary>
    /// <exception cref="OpsException"><c>ProgramFailed</c> with the last lines of its stderr.</exception>
    public static async Task<string> RunAsync(ProgramCall call, string? input, CancellationToken cancellationToken)
    {
        await using RunningProgram program = Start(call);
        using var reader = new StreamReader(program.Output);
        Task<string> output = reader.ReadToEndAsync(cancellationToken);
        await program.WriteAndCloseAsync(input, cancellationToken).ConfigureAwait(false);
        await program.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await output.ConfigureAwait(false);
    }

    /// <summary>Runs a program in our own terminal, which is its input and output, and returns its exit code.</summary>
    /// <exception cref="OpsException"><c>ProgramMissing</c>, <c>ProgramNotTrusted</c>.</exception>
    public static async Task<int> RunInTerminalAsync(ProgramCall call, CancellationToken cancellationToken)
    {
        using Process process = Launch(call, redirects: false);
        try { await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false); }
        catch (OperationCanceledException)
        {
            try { process.Kill(entireProcessTree: true); }
            catch (InvalidOperationException) { /* it ended in between */ }
            throw;
        }
        return process.ExitCode;
    }

    private static Process Launch(ProgramCall call, bool redirects)
    {
        var info = new ProcessStartInfo(ProgramFinder.Find(call.FileName, call.WorkingDirectory))
        {
            UseShellExecute = false,
            RedirectStandardInput = redirects,
            RedirectStandardOutput = redirects,
            RedirectStandardError = redirects,
            WorkingDirectory = call.WorkingDirectory ?? "",
        };
        foreach (string argument in call.Arguments) info.ArgumentList.Add(argument);
        ProgramEnvironment.Apply(call, info.Environment);
        var process = new Process { StartInfo = info };
        try
        {
            process.Start();
            return process;
        }
        catch (Win32Exception e)
        {
            process.Dispose();
            throw new OpsException("ProgramMissing", OpsErrorCategory.ResourceUnavailable,
                $"The program {call.FileName} could not be started: {e.Message.TrimEnd('.')}.",
                $"Install it or put it on PATH, then run the command again.", call.FileName, e);
        }
    }
}
