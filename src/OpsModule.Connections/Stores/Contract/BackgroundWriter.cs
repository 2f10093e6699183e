using System.Buffers;
using System.Threading.Channels;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Stores.Contract;

/// <summary>
/// Takes bytes and writes them to a file from a thread of its own, a few buffers behind, so that what makes the bytes does not wait
/// while the kernel flushes. It asks for the disk to begin early, which keeps the flush at the end short.
/// </summary>
internal sealed class BackgroundWriter : WriteOnlyStream
{
    private const int BufferSize = 1024 * 1024;
    private const int BuffersAhead = 12;
    private const long WritebackEvery = 8L * 1024 * 1024;

    private readonly FileStream _file;
    private readonly Func<Exception, Exception> _translate;
    private readonly Channel<(byte[] Buffer, int Count)> _queue =
        Channel.CreateBounded<(byte[], int)>(new BoundedChannelOptions(BuffersAhead) { SingleReader = true, SingleWriter = true });
    private readonly Task _writing;
    private byte[]? _buffer;
    private int _filled;

    public BackgroundWriter(FileStream file, Func<Exception, Exception> translate)
    {
        _file = file;
        _translate = translate;
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Hands on what is left and waits until all is written to the file.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0) await HandOnAsync(cancellationToken).ConfigureAwait(false);
        _queue.Writer.TryComplete();
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops without caring for what is not written; never throws.</summary>
    public async Task StopAsync()
    {
        _queue.Writer.TryComplete(new OperationCanceledException());
        await ((Task)_writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            _buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize);
            int count = Math.Min(buffer.Length, BufferSize - _filled);
            buffer[..count].CopyTo(_buffer.AsMemory(_filled));
            _filled += count;
            buffer = buffer[count..];
            if (_filled == BufferSize) await HandOnAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task HandOnAsync(CancellationToken cancellationToken)
    {
        byte[] full = _buffer!;
        int count = _filled;
        try { await _queue.Writer.WriteAsync((full, count), cancellationToken).ConfigureAwait(false); }
        catch (ChannelClosedException)
        {
            await _writing.ConfigureAwait(false); // tells why
            throw;
        }
        _buffer = null;
        _filled = 0;
    }

    private async Task WriteAllAsync()
    {
        try
        {
            long asked = 0, written = 0;
            await foreach ((byte[] buffer, int count) in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                _file.Write(buffer, 0, count);
                ArrayPool<byte>.Shared.Return(buffer);
                written += count;
                if (written - asked < WritebackEvery) continue;
                Disk.StartWriteback(_file.SafeFileHandle, asked, written - asked);
                asked = written;
            }
        }
        catch (Exception e)
        {
            Exception translated = _translate(e);
            _queue.Writer.TryComplete(translated);
            while (_queue.Reader.TryRead(out (byte[] Buffer, int Count) rest)) ArrayPool<byte>.Shared.Return(rest.Buffer);
            if (translated == e) throw;
            throw translated;
        }
    }
}
