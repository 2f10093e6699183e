using System.Buffers;

namespace OpsModule.Connections.Redis.Rdb;

/// <summary>
/// The bytes of an RDB stream, forward only, through one buffer: what is skipped is never gathered, and every byte that was passed is in
/// the checksum.
/// </summary>
/// <param name="source">The stream.</param>
/// <param name="cancellationToken">Ends the reading.</param>
internal sealed class RdbInput(Stream source, CancellationToken cancellationToken)
{
    private const int Size = 1024 * 1024;

    private readonly byte[] _buffer = new byte[Size];
    private int _at, _end, _summed, _kept;
    private long _before;
    private ulong _crc;
    private ArrayBufferWriter<byte>? _keep;

    /// <summary>The most bytes that <see cref="Take"/> gives at once.</summary>
    public const int Most = Size / 2;

    /// <summary>How many bytes were passed.</summary>
    public long Position => _before + _at;

    /// <summary>The checksum of all that was passed.</summary>
    public ulong Crc
    {
        get
        {
            Sum();
            return _crc;
        }
    }

    /// <summary>From now on what is passed is kept, too, until <see cref="StopKeeping"/>.</summary>
    public void Keep(ArrayBufferWriter<byte> into) => (_keep, _kept) = (into, _at);

    /// <summary>Ends the keeping.</summary>
    public void StopKeeping()
    {
        WriteKept();
        _keep = null;
    }

    /// <summary>The next byte.</summary>
    public byte Byte()
    {
        if (_at == _end) Fill(1);
        return _buffer[_at++];
    }

    /// <summary>The next so many bytes, which are good until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (_end - _at < count) Fill(count);
        ReadOnlySpan<byte> taken = _buffer.AsSpan(_at, count);
        _at += count;
        return taken;
    }

    /// <summary>Passes over so many bytes.</summary>
    public void Skip(long count)
    {
        while (count > _end - _at)
        {
            count -= _end - _at;
            _at = _end;
            Fill(1);
        }
        _at += (int)count;
    }

    /// <summary>Whether nothing comes any more. Looked at to the end, so that whoever checks the source at its end does so.</summary>
    public bool IsAtEnd() => _at == _end && Read(0) == 0;

    private void Sum()
    {
        _crc = RdbCrc.Append(_crc, _buffer.AsSpan(_summed, _at - _summed));
        _summed = _at;
    }

    private void WriteKept()
    {
        _keep?.Write(_buffer.AsSpan(_kept, _at - _kept));
        _kept = _at;
    }

    private void Fill(int needed)
    {
        Sum();
        if (_keep is not null) WriteKept();
        int left = _end - _at;
        if (left > 0) _buffer.AsSpan(_at, left).CopyTo(_buffer);
        _before += _at;
        (_at, _end, _summed, _kept) = (0, left, 0, 0);
        while (_end < needed)
        {
            int read = Read(_end);
            if (read == 0)
                throw RdbErrors.RdbTruncated.Make($"The RDB ends after {_before + _end:N0} bytes, in the middle of something.",
                    "Use another backup. Where it was just being made, the server has ended the connection: its log says why.");
            _end += read;
        }
    }

    private int Read(int at)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return source.Read(_buffer, at, Size - at);
    }
}
