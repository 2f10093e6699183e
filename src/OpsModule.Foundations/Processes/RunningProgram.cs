using System.Diagnostics;
using System.Text;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Foundations.Processes;

/// <summary>A program that runs. Disposing it ends it, with its children, when it has not ended by itself.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private const int TailLines = 20;
    private const int TailLineLength = 400;
    private const string Hidden = "****";

    private readonly ProgramCall _call;
    private readonly Process _process;
    private readonly Queue<string> _tail = new();
    private readonly Task _stderr;

    internal RunningProgram(ProgramCall call, Process process)
    {
        _call = call;
        _process = process;
        Id = process.Id;
        Output = process.StandardOutput.BaseStream;
        Input = process.StandardInput.BaseStream;
        PipeBuffer.Enlarge(Output);
        PipeBuffer.Enlarge(Input);
        _stderr = ReadErrorsAsync(process.StandardError);
    }

    /// <summary>Its standard input; close it to signal the end.</summary>
    public Stream Input { get; }

    /// <summary>Its standard output.</summary>
    public Stream Output { get; }

    /// <summary>Process id, for tests and messages.</summary>
    public int Id { get; }

    /// <summary>True when it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>The last lines it wrote to stderr, secrets masked.</summary>
    public string ErrorTail
    {
        get { lock (_tail) return string.Join('\n', _tail); }
    }

    /// <summary>A pipe takes it at once, whatever the program does.</summary>
    internal void WritePreface()
    {
        if (_call.Preface is not { } preface) return;
        try
        {
            Input.Write(Encoding.UTF8.GetBytes(preface));
            Input.Flush();
        }
        catch (IOException) { /* it has ended; its exit code tells */ }
    }

    /// <summary>Writes text to its standard input and closes it. A program that reads no more is no error here: its exit code tells.</summary>
    public async Task WriteAndCloseAsync(string? text, CancellationToken cancellationToken)
    {
        try
        {
            if (text is not null) await Input.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
            Input.Close();
        }
        catch (IOException) { }
    }

    /// <summary>Waits for the end, of its errors too, and returns the exit code.</summary>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        await _stderr.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>Waits for the end.</summary>
    /// <exception cref="OpsException"><c>ProgramFailed</c> when the exit code is not 0, with the end of its stderr.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (await EndAsync(cancellationToken).ConfigureAwait(false) == 0) return;
        string name = Path.GetFileName(_call.FileName);
        string how = _process.ExitCode > 128 ? $"was ended by signal {_process.ExitCode - 128}" : $"failed with exit code {_process.ExitCode}";
        string tail = ErrorTail;
        throw new OpsException("ProgramFailed", OpsErrorCategory.InvalidOperation,
            $"{name} {how}" + (tail.Length == 0 ? " and said nothing." : ": " + tail),
            "Mend what the program reports, then run the command again.", name);
    }

    /// <summary>Ends it, with its children, when it has not ended by itself.</summary>
    public void Kill()
    {
        try
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException) { /* it ended in between */ }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Kill();
        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (InvalidOperationException) { /* it ended in between */ }
        await Output.DisposeAsync().ConfigureAwait(false);
        try { await Input.DisposeAsync().ConfigureAwait(false); }
        catch (IOException) { /* unwritten bytes of a program that is gone */ }
        _process.Dispose();
    }

    private async Task ReadErrorsAsync(StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                foreach (string secret in _call.Secrets) if (secret.Length > 0) line = line.Replace(secret, Hidden);
                line = HiddenWords.Hide(line, Hidden);
                _call.OnErrorLine?.Invoke(line);
                if (line.Length > TailLineLength) line = line[..TailLineLength] + "...";
                lock (_tail)
                {
                    _tail.Enqueue(line);
                    if (_tail.Count > TailLines) _tail.Dequeue();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException) { /* the program was ended */ }
    }
}
