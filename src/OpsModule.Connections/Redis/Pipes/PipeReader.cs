using System.Globalization;
using System.Text;

namespace OpsModule.Connections.Redis.Pipes;

/// <summary>Reads answers (RESP2) whose texts are bytes. No answer may be larger, or nested deeper, than one that is asked for.</summary>
/// <param name="stream">Where they come from.</param>
internal sealed class PipeReader(Stream stream)
{
    private const int MaxLine = 64 * 1024, MaxBytes = 512 * 1024 * 1024, MaxItems = 1024 * 1024, MaxDepth = 8;

    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _at, _end;

    /// <summary>The next answer.</summary>
    /// <exception cref="InvalidDataException">What comes is none.</exception>
    /// <exception cref="EndOfStreamException">The other side has ended.</exception>
    public Task<PipeReply> ReadAsync(CancellationToken ct) => ReadAsync(0, ct);

    private async Task<PipeReply> ReadAsync(int depth, CancellationToken ct)
    {
        string line = await LineAsync(ct).ConfigureAwait(false);
        if (line.Length == 0 || depth > MaxDepth) throw new InvalidDataException("no answer of a Redis server");
        char kind = line[0];
        switch (kind)
        {
            case '+' or '-' or ':': return new PipeReply(kind, Encoding.Latin1.GetBytes(line[1..]));
            case '$':
                int length = Number(line, MaxBytes);
                return new PipeReply(kind, length < 0 ? null : await BytesAsync(length, ct).ConfigureAwait(false));
            case '*':
                int count = Number(line, MaxItems);
                var items = new List<PipeReply>();
                for (int i = 0; i < count; i++) items.Add(await ReadAsync(depth + 1, ct).ConfigureAwait(false));
                return new PipeReply(kind, null, count < 0 ? null : items);
            default: throw new InvalidDataException("no answer of a Redis server");
        }
    }

    private static int Number(string line, int most) =>
        int.TryParse(line.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            && number >= -1 && number <= most
            ? number : throw new InvalidDataException("a length that cannot be");

    private async Task<string> LineAsync(CancellationToken ct)
    {
        var line = new StringBuilder();
        while (true)
        {
            int end = _buffer.AsSpan(_at, _end - _at).IndexOf((byte)'\n');
            int taken = end < 0 ? _end - _at : end + 1;
            line.Append(Encoding.Latin1.GetString(_buffer, _at, taken));
            _at += taken;
            if (end >= 0) return line.ToString().TrimEnd('\r', '\n');
            if (line.Length > MaxLine) throw new InvalidDataException("a line without an end");
            await FillAsync(ct).ConfigureAwait(false);
        }
    }

    private async Task<byte[]> BytesAsync(int length, CancellationToken ct)
    {
        byte[] bytes = new byte[length];
        int have = 0;
        while (have < length)
        {
            if (_at == _end) await FillAsync(ct).ConfigureAwait(false);
            int taken = Math.Min(length - have, _end - _at);
            _buffer.AsSpan(_at, taken).CopyTo(bytes.AsSpan(have));
            _at += taken;
            have += taken;
        }
        for (int i = 0; i < 2; i++)
        {
            if (_at == _end) await FillAsync(ct).ConfigureAwait(false);
            _at++;
        }
        return bytes;
    }

    private async Task FillAsync(CancellationToken ct)
    {
        _at = 0;
        _end = await stream.ReadAsync(_buffer, ct).ConfigureAwait(false);
        if (_end == 0) throw new EndOfStreamException("the server closed the connection");
    }
}
