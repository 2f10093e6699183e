using System.Text;
using System.Threading.Channels;

namespace OpsModule.Connections.Redis;

/// <summary>
/// The one connection that the library gets. Until our first command it answers by itself what the library asks on its own account: that
/// would be refused by a server that loads its data and to an account that may only INFO, and the library would take the connection for broken.
/// </summary>
public sealed class RedisStream(Stream inner) : Stream
{
    private const string Id = "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n", Echo = "*2\r\n$4\r\nECHO\r\n$16\r\n", Ping = "*1\r\n$4\r\nPING\r\n";

    /// <summary>Sixteen bytes and the end of a line.</summary>
    private const int Echoed = 18;

    private readonly Channel<byte[]> _own = Channel.CreateUnbounded<byte[]>();
    private readonly AnswerBounds _bounds = new();
    private string _said = "";
    private volatile bool _open, _heard;

    /// <summary>Why it ended; null while it has not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The server's own words, when the answer was an error.</summary>
    public string? Error => _bounds.Error;

    /// <summary>Whether the server has sent anything since the last command.</summary>
    public bool Heard => _heard;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>What is written from now on is a command for the server, and what it sends the answer.</summary>
    public void BeginCommand()
    {
        _bounds.BeginAnswer();
        _heard = false;
        _open = true;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_open)
        {
            AnswerOwn(Encoding.Latin1.GetString(buffer.Span));
            return;
        }
        try { await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false); }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failure ??= e;
            throw;
        }
        finally { _own.Writer.TryComplete(); }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Who speaks before it is asked, to say that we are not welcome, is heard when it is.
        while (await _own.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!_own.Reader.TryRead(out byte[]? answer)) continue;
            answer.CopyTo(buffer);
            return answer.Length;
        }
        try
        {
            int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new EndOfStreamException();
            _heard = true;
            _bounds.Follow(buffer.Span[..read]);
            return read;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failure ??= e;
            throw;
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _own.Writer.TryComplete(new ObjectDisposedException(nameof(RedisStream)));
        inner.Dispose();
    }

    /// <summary>They may come in parts, and several at once.</summary>
    private void AnswerOwn(string part)
    {
        _said += part;
        while (_said.Length > 0)
        {
            if (_said.StartsWith(Id, StringComparison.Ordinal)) Answer(Id.Length, ":1\r\n");
            else if (_said.StartsWith(Ping, StringComparison.Ordinal)) Answer(Ping.Length, "+PONG\r\n");
            else if (_said.StartsWith(Echo, StringComparison.Ordinal) && _said.Length >= Echo.Length + Echoed) Answer(Echo.Length + Echoed, "$16\r\n" + _said.Substring(Echo.Length, Echoed));
            else if (_said.StartsWith(Echo, StringComparison.Ordinal) || new[] { Id, Ping, Echo }.Any(c => c.StartsWith(_said, StringComparison.Ordinal))) return;
            else throw new InvalidOperationException("StackExchange.Redis asks in another way than this version of the module knows.");
        }
    }

    private void Answer(int length, string answer)
    {
        _said = _said[length..];
        _own.Writer.TryWrite(Encoding.Latin1.GetBytes(answer));
    }
}
