using OpsModule.Engine.Files;

namespace OpsModule.Engine.Stores;

/// <summary>
/// Writes a file and has the kernel begin to write it to disk every few MiB, so that the flush at the end is short and a huge file
/// does not fill the page cache with unwritten pages first.
/// </summary>
internal sealed class WritebackStream(FileStream file, Func<Exception, OpsException> explain) : Stream
{
    private const long Stride = 16 * 1024 * 1024;

    private long _written;
    private long _started;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => _written;
    public override long Position { get => _written; set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            file.Write(buffer);
        }
        catch (IOException e)
        {
            throw explain(e);
        }
        _written += buffer.Length;
        if (_written - _started < Stride) return;
        Disk.StartWriteback(file.SafeFileHandle, _started, _written - _started);
        _started = _written;
    }

    /// <summary>Makes the content durable and closes the file.</summary>
    public Task FinishAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        file.Flush(flushToDisk: true);
        file.Dispose();
    }, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }
}
