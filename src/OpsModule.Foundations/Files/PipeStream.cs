using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpsModule.Foundations.Files;

/// <summary>What others write into a pipe or a terminal. Waiting for it can be ended, by a token or by closing the stream.</summary>
public sealed partial class PipeStream(SafeFileHandle pipe) : Stream
{
    private const short Readable = 1, HungUp = 0x10, Broken = 0x8 | 0x20;
    private const int LookAgain = 100, Interrupted = 4, Again = 11;
    private volatile bool _closed;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsMemory(offset, count), CancellationToken.None);

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Task.Run(() => Read(buffer, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _closed = true;
        if (disposing) pipe.Dispose();
        base.Dispose(disposing);
    }

    private int Read(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        bool added = false;
        try
        {
            pipe.DangerousAddRef(ref added);
            while (!_closed)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // A pipe to which nobody has written yet is silent; one that its writers have left hangs up.
                var wanted = new PollEntry { Handle = (int)pipe.DangerousGetHandle(), Events = Readable };
                if (PollNative(ref wanted, 1, LookAgain) <= 0) continue;
                if ((wanted.Returned & Readable) != 0)
                {
                    nint length = ReadNative(pipe, ref MemoryMarshal.GetReference(buffer.Span), (nuint)buffer.Length);
                    if (length >= 0) return (int)length;
                    if (Marshal.GetLastPInvokeError() is var error && error is not (Interrupted or Again)) throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
                    continue;
                }
                if ((wanted.Returned & (HungUp | Broken)) != 0) return 0;
            }
            return 0;
        }
        finally
        {
            if (added) pipe.DangerousRelease();
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Handle;
        public short Events, Returned;
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadNative(SafeHandle file, ref byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int PollNative(ref PollEntry entries, nuint count, int milliseconds);
}
