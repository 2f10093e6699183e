using System.Text;
using System.Threading.Channels;

namespace OpsModule.Connections.Redis;

/// <summary>
/// The one connection that the library gets. It answers by itself what the library asks on its own account, which it may do at any time: that
/// would be refused by a server that loads its data and to an account that may only INFO, and the library would take the connection for broken.
/// </summary>
public sealed class RedisStream(Stream inner) : Stream
{
    private const string Id = "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n", Echo = "*2\r\n$4\r\nECHO\r\n$16\r\n", Ping = "*1\r\n$4\r\nPING\r\n";

    /// <summary>Who answers, in the order of the questions: we with these bytes, or the server, for which it is null.</summary>
    private readonly Channel<byte[]?> _answers = Channel.CreateUnbounded<byte[]?>();
    private readonly CommandBuffer _commands = new();
    private readonly AnswerBounds _bounds = new();
    private string? _echo;
    private volatile bool _asked, _answering, _heard;

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

    /// <summary>What is written from now on, and is not of the library's own questions, is a command for the server.</summary>
    /// <param name="echo">What the server is to echo, when it is that; the library asks for others.</param>
    public void BeginCommand(string? echo = null)
    {
        _echo = Echo + echo + "\r\n";
        _bounds.BeginAnswer();
        _heard = false;
        _asked = true;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            _commands.Add(buffer.Span);
            while (_commands.Take() is { } command)
            {
                if (Own(command) is { } answer)
                {
                    _answers.Writer.TryWrite(answer);
                    continue;
                }
                if (!_asked) throw new InvalidOperationException("StackExchange.Redis asks in another way than this version of the module knows.");
                _asked = false;
                _answers.Writer.TryWrite(null);
                await inner.WriteAsync(command, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failure ??= e;
            throw;
        }
    }

    /// <summary>Who speaks before it is asked, to say that we are not welcome, is heard when it is.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!_answering)
            {
                if (await _answers.Reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } own)
                {
                    own.CopyTo(buffer);
                    return own.Length;
                }
                _answering = true;
            }
            int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new EndOfStreamException();
            _heard = true;
            _bounds.Follow(buffer.Span[..read]);
            _answering = !_bounds.IsWhole;
            return read;
        }
        catch (ChannelClosedException) { throw new ObjectDisposedException(nameof(RedisStream)); }
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
        _answers.Writer.TryComplete();
        inner.Dispose();
    }

    /// <summary>What is answered to the library's own question; null for a command of ours.</summary>
    private byte[]? Own(byte[] command)
    {
        string text = Encoding.Latin1.GetString(command);
        string? answer = text switch
        {
            Id => ":1\r\n",
            Ping => "+PONG\r\n",
            _ when text.StartsWith(Echo, StringComparison.Ordinal) && text != _echo => "$16\r\n" + text[Echo.Length..],
            _ => null,
        };
        return answer is null ? null : Encoding.Latin1.GetBytes(answer);
    }
}
