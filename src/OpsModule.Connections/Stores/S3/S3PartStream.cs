using System.Buffers;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Stores.S3;

/// <summary>Collects bytes into parts and hands each full one on.</summary>
internal sealed class S3PartStream(ArrayPool<byte> buffers, Func<byte[], int, CancellationToken, Task> send) : WriteOnlyStream
{
    private byte[]? _buffer;
    private int _filled;
    private int _number = 1;

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
}
