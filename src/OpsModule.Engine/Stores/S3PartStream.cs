using System.Buffers;

namespace OpsModule.Engine.Stores;

/// <summary>Collects bytes into parts and hands each full one on.</summary>
internal sealed class S3PartStream(ArrayPool<byte> buffers, Func<byte[], int, CancellationToken, Task> send) : Stream
{
    private byte[]? _buffer;
    private int _filled;
    private int _number = 1;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The part that is not full, if any; it belongs to the caller from here on.</summary>
    public (byte[]? Buffer, int Count) TakeRest()
    {
        (byte[]? Buffer, int Count) rest = (_buffer, _filled);
        (_buffer, _filled) = (null, 0);
        return rest;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            int size = S3Parts.SizeOf(_number);
            _buffer ??= buffers.Rent(size);
            if (_filled == size)
            {
                // Only when more comes: an object that just fills one part is sent in one request.
                _number++;
                (byte[]? full, int length) = TakeRest();
                await send(full!, length, cancellationToken).ConfigureAwait(false);
                continue;
            }
            int count = Math.Min(buffer.Length, size - _filled);
            buffer[..count].CopyTo(_buffer.AsMemory(_filled));
            _filled += count;
            buffer = buffer[count..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() { }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
