using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Foundations.Bytes;

/// <summary>Sends the bytes through a program (age) on their way to the next stage.</summary>
public sealed class ProgramFilter : Stage
{
    private readonly Stage _next;
    private readonly RunningProgram _program;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _pump;

    /// <summary>Starts the program. Disposing the filter ends the program and disposes the next stage.</summary>
    /// <param name="call">The program; it reads the bytes and prints what goes on to the next stage.</param>
    /// <param name="next">The stage that gets what the program prints.</param>
    /// <exception cref="OpsException">What <see cref="ProgramRunner.Start"/> throws.</exception>
    public ProgramFilter(ProgramCall call, Stage next)
    {
        _next = next;
        _program = ProgramRunner.Start(call);
        _pump = PumpAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_pump.IsFaulted) await _pump.ConfigureAwait(false);
        try
        {
            await _program.Input.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It reads no more: either the next stage failed and it was ended for that, or its exit code and stderr say why.
            await _pump.WaitAsync(cancellationToken).ConfigureAwait(false);
            await _program.WaitAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        _program.Input.Close();
        await _pump.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _program.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _next.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _program.DisposeAsync().ConfigureAwait(false);
        try { await _pump.ConfigureAwait(false); }
        catch (Exception) { /* it was abandoned, or its failure was already told */ }
        await _next.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task PumpAsync()
    {
        byte[] buffer = new byte[256 * 1024];
        try
        {
            while (await _program.Output.ReadAsync(buffer, _stop.Token).ConfigureAwait(false) is var read and > 0)
                await _next.WriteAsync(buffer.AsMemory(0, read), _stop.Token).ConfigureAwait(false);
        }
        catch
        {
            // A program whose output nobody reads would block for ever, and with it who writes to it.
            _program.Kill();
            throw;
        }
    }
}
