using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Foundations.Bytes;

/// <summary>Reads a source through a program (age).</summary>
public sealed class ProgramSource : ReadStage
{
    private readonly Stream _source;
    private readonly RunningProgram _program;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _pump;
    private readonly Func<OpsException, OpsException> _explain;
    private bool _disposed;

    /// <param name="call">The program.</param>
    /// <param name="source">What it reads.</param>
    /// <param name="explain">Says what a failure of the program means.</param>
    public ProgramSource(ProgramCall call, Stream source, Func<OpsException, OpsException> explain)
    {
        _explain = explain;
        _source = source;
        _program = ProgramRunner.Start(call);
        _pump = PumpAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _program.Output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read > 0 || buffer.Length == 0) return read;
        // What is wrong with the source matters more than what the program made of it.
        await _pump.WaitAsync(cancellationToken).ConfigureAwait(false);
        try { await _program.WaitAsync(cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) { throw _explain(e); }
        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Readers around it dispose of it, and so does whoever made it.
        if (disposing && !_disposed)
        {
            _disposed = true;
            _stop.Cancel();
            _program.DisposeAsync().AsTask().GetAwaiter().GetResult();
            try { _pump.GetAwaiter().GetResult(); }
            catch (Exception) { /* it was told, or nobody wanted it any more */ }
            _source.Dispose();
            _stop.Dispose();
        }
        base.Dispose(disposing);
    }

    private async Task PumpAsync()
    {
        byte[] buffer = new byte[256 * 1024];
        try
        {
            while (await _source.ReadAsync(buffer, _stop.Token).ConfigureAwait(false) is var read and > 0)
            {
                try { await _program.Input.WriteAsync(buffer.AsMemory(0, read), _stop.Token).ConfigureAwait(false); }
                catch (IOException) { return; /* it reads no more: its exit code says why */ }
            }
        }
        finally
        {
            try { _program.Input.Close(); }
            catch (IOException) { }
        }
    }
}
