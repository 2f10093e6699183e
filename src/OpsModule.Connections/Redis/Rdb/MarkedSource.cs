using OpsModule.Foundations.Bytes;

namespace OpsModule.Connections.Redis.Rdb;

/// <summary>
/// What <c>redis-cli --rdb -</c> prints, without the mark behind it. A server that sends its data as it makes it ends it with 40
/// hexadecimal digits, and redis-cli, which takes them off a file, cannot take them off a pipe. The last bytes of an RDB cannot be such:
/// before its checksum stands a byte that is no digit.
/// </summary>
/// <param name="source">What redis-cli prints. Disposing of this does not dispose of it.</param>
public sealed class MarkedSource(Stream source) : ReadStage
{
    private const int Mark = 40, Size = 512 * 1024;

    private readonly byte[] _buffer = new byte[Size];
    private int _start, _end;
    private bool _ended;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_ended && _end - _start <= Mark)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read;
            if (read > 0) continue;
            _ended = true;
            if (_end - _start >= Mark && !_buffer.AsSpan(_end - Mark, Mark).ContainsAnyExcept("0123456789abcdef"u8)) _end -= Mark;
        }
        int given = Math.Min(buffer.Length, _ended ? _end - _start : _end - _start - Mark);
        _buffer.AsMemory(_start, given).CopyTo(buffer);
        _start += given;
        return given;
    }
}
