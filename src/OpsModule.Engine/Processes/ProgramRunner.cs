namespace OpsModule.Engine.Processes;

/// <summary>Runs programs: streamed standard input and output, no shell, cancellation, a stderr tail in the error.</summary>
public static class ProgramRunner
{
    /// <summary>Starts a program. Dispose ends it, with its children, when it has not ended.</summary>
    /// <exception cref="OpsException"><c>ProgramMissing</c> when it is not on PATH.</exception>
    public static RunningProgram Start(ProgramCall call) => throw new NotImplementedException(call.ToString());

    /// <summary>Runs a program to its end and returns what it printed; standard input is closed or comes from <paramref name="input"/>.</summary>
    /// <exception cref="OpsException"><c>ProgramFailed</c> with the last lines of its stderr.</exception>
    public static Task<string> RunAsync(ProgramCall call, string? input, CancellationToken cancellationToken) =>
        throw new NotImplementedException(call.ToString());
}

/// <summary>A program that runs.</summary>
public abstract class RunningProgram : IAsyncDisposable
{
    /// <summary>Its standard input; close it to signal the end.</summary>
    public abstract Stream Input { get; }

    /// <summary>Its standard output.</summary>
    public abstract Stream Output { get; }

    /// <summary>Process id, for tests and messages.</summary>
    public abstract int Id { get; }

    /// <summary>The last lines it wrote to stderr, secrets masked.</summary>
    public abstract string ErrorTail { get; }

    /// <summary>Waits for the end. <c>ProgramFailed</c> when the exit code is not 0.</summary>
    public abstract Task WaitAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
