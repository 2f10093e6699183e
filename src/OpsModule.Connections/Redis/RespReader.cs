using System.Buffers.Text;
using System.Text;

namespace OpsModule.Connections.Redis;

/// <summary>Reads answers in the Redis serialization protocol (RESP2). Whatever the other side sends, one answer takes so much memory and no more.</summary>
public sealed class RespReader(Stream stream)
{
    private const int MaxLine = 64 * 1024;
    private const int MaxAnswer = 64 * 1024 * 1024;

    /// <summary>What an item costs beside its text; an answer of a million empty ones is not free either.</summary>
    private const int ItemCost = 64;

    private const int MaxItems = 1024 * 1024;
    private const int MaxDepth = 16;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start, _end;
    private long _left;

    /// <summary>The next answer.</summary>
    /// <exception cref="RespException">It is none, or too large.</exception>
    /// <exception cref="EndOfStreamException">The other side closed the connection.</exception>
    public Task<RedisReply> ReadAsync(CancellationToken cancellationToken)
    {
        _left = MaxAnswer;
        return ReadAsync(0, cancellationToken);
    }

    private async Task<RedisReply> ReadAsync(int depth, CancellationToken cancellationToken)
    {
        if (depth > MaxDepth) throw new RespException("an answer nested too deep");
        string line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        Take(ItemCost + (2 * line.Length));
        string rest = line.Length == 0 ? "" : line[1..];
        switch (line.Length == 0 ? '\0' : line[0])
        {
            case '+': return new RedisText(rest);
            case '-': return new RedisError(rest);
            case ':': return new RedisNumber(Number(rest, long.MinValue, long.MaxValue));
            case '$':
                long length = Number(rest, -1, MaxAnswer);
                Take(Math.Max(length, 0));
                return new RedisText(length < 0 ? null : await ReadTextAsync((int)length, cancellationToken).ConfigureAwait(false));
            case '*':
                long count = Number(rest, -1, MaxItems);
                if (count < 0) return new RedisText(null);
                var items = new List<RedisReply>();
                for (long i = 0; i < count; i++) items.Add(await ReadAsync(depth + 1, cancellationToken).ConfigureAwait(false));
                return new RedisList(items);
            default: throw new RespException("no answer of a Redis server");
        }
    }

    private void Take(long bytes)
    {
        if ((_left -= bytes) < 0) throw new RespException($"an answer of more than {MaxAnswer / 1024 / 1024} MiB");
    }

    private static long Number(string text, long least, long most) =>
        Utf8Parser.TryParse(Encoding.ASCII.GetBytes(text), out long number, out int used) && used == text.Length && used > 0 && number >= least && number <= most
            ? number
            : throw new RespException("a number that cannot be");

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            byte next = await ReadByteAsync(cancellationToken).ConfigureAwait(false);
            if (next == '\n') return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : throw new RespException("no answer of a Redis server");
            if (line.Length >= MaxLine) throw new RespException("a line without an end");
            line.Append((char)next);
        }
    }

    private async ValueTask<byte> ReadByteAsync(CancellationToken cancellationToken)
    {
        if (_start == _end) await FillAsync(cancellationToken).ConfigureAwait(false);
        return _buffer[_start++];
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        (_start, _end) = (0, await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false));
        if (_end == 0) throw new EndOfStreamException();
    }

    /// <summary>Grows with what arrives: a length alone does not take memory.</summary>
    private async Task<string> ReadTextAsync(int length, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream(Math.Min(length, _buffer.Length));
        while (bytes.Length < length)
        {
            if (_start == _end) await FillAsync(cancellationToken).ConfigureAwait(false);
            int take = (int)Math.Min(length - bytes.Length, _end - _start);
            bytes.Write(_buffer, _start, take);
            _start += take;
        }
        if (await ReadByteAsync(cancellationToken).ConfigureAwait(false) != '\r' || await ReadByteAsync(cancellationToken).ConfigureAwait(false) != '\n')
            throw new RespException("a text without an end");
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}

/// <summary>The other side does not speak RESP. The message says what it sent, without quoting it.</summary>
public sealed class RespException(string message) : Exception(message);
