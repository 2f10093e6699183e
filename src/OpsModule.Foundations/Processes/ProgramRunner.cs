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
        var info = new ProcessStartInfo(ProgramFinder.Find(call.FileName, call.WorkingDirectory))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = call.WorkingDirectory ?? "",
        };
        foreach (string argument in call.Arguments) info.ArgumentList.Add(argument);
        ProgramEnvironment.Apply(call, info.Environment);
        var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            process.Dispose();
            throw new OpsException("ProgramMissing", OpsErrorCategory.ResourceUnavailable,
                $"The program {call.FileName} could not be started: {e.Message.TrimEnd('.')}.",
                $"Install it or put it on PATH, then run the command again.", call.FileName, e);
        }
        return new RunningProgram(call, process);
    }

    /// <summary>Runs a program to its end and returns what it printed; standard input is closed or comes from <paramref name="input"/>.</summary>
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
}
