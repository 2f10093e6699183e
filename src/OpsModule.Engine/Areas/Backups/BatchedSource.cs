using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// Reads a program's output in large portions and with blocking calls. pg_dump writes 4 KiB at a time; to be woken for each, as
/// asynchronous reading is, costs both sides more than the work on it, and the pipe holds what comes in the meantime.
/// </summary>
internal sealed class BatchedSource : ReadStage
{
    private const int Enough = 128 * 1024;

    private readonly FileStream _pipe;
    private readonly CancellationTokenRegistration _end;
    private readonly byte[] _first = new byte[1];
    private bool _hasFirst;

    /// <summary>Takes over the program's output. Cancelling ends the program, which is what ends a blocking read.</summary>
    public BatchedSource(RunningProgram program, CancellationToken cancellationToken)
    {
        nint handle = ((PipeStream)program.Output).SafePipeHandle.DangerousGetHandle();
        _pipe = new FileStream(new SafeFileHandle(handle, ownsHandle: false), FileAccess.Read, bufferSize: 0, isAsync: false);
        _end = cancellationToken.Register(program.Kill);
    }

    /// <summary>Waits until the program writes; false when it ends without. What it has written is read by the next call.</summary>
    public bool Wait() => _hasFirst || (_hasFirst = _pipe.Read(_first) > 0);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_hasFirst && buffer.Length > 0)
        {
            _hasFirst = false;
            _first.CopyTo(buffer);
            return ValueTask.FromResult(1);
        }
        int read = _pipe.Read(buffer.Span);
        while (read > 0 && read < Math.Min(buffer.Length, Enough))
        {
            Thread.Sleep(1);
            int more = _pipe.Read(buffer.Span[read..]);
            if (more == 0) break;
            read += more;
        }
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(read);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _end.Dispose();
            _pipe.Dispose();
        }
        base.Dispose(disposing);
    }
}
