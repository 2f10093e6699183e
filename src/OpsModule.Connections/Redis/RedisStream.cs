namespace OpsModule.Connections.Redis;

/// <summary>
/// The one connection that the library gets. It answers the library's own greeting itself: that would be refused by a server that loads its
/// data and to an account that may only INFO, and the library would take the connection for broken.
/// </summary>
public sealed class RedisStream(Stream inner) : Stream
{
    private readonly MemoryStream _greeting = new();
    private readonly TaskCompletionSource<byte[]> _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AnswerBounds _bounds = new();
    private bool _open;

    /// <summary>CLIENT ID, and ECHO of what follows.</summary>
    private static ReadOnlySpan<byte> Greeting => "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n*2\r\n$4\r\nECHO\r\n"u8;

    private static ReadOnlySpan<byte> Id => ":1\r\n"u8;

    /// <summary>Why it ended; null while it has not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The server's own words, when the answer was an error.</summary>
    public string? Error => _bounds.Error;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>What is written from now on is a command for the server, and what it sends the answer.</summary>
    public void BeginCommand()
    {
        _bounds.BeginAnswer();
        _open = true;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_open)
        {
            Greet(buffer.Span);
            return;
        }
        try { await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false); }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failure ??= e;
            throw;
        }
        finally { _asked.TrySetResult(); }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_greeting.CanWrite)
        {
            byte[] answer = await _greeted.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            answer.CopyTo(buffer);
            _greeting.Dispose();
            return answer.Length;
        }
        // Who speaks before it is asked, to say that we are not welcome, is heard when it is.
        await _asked.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new EndOfStreamException();
            _bounds.Follow(buffer.Span[..read]);
            return read;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failure ??= e;
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _greeted.TrySetCanceled();
        _asked.TrySetCanceled();
        inner.Dispose();
    }

    /// <summary>It may come in parts; what is echoed ends it.</summary>
    private void Greet(ReadOnlySpan<byte> part)
    {
        _greeting.Write(part);
        ReadOnlySpan<byte> said = _greeting.GetBuffer().AsSpan(0, (int)_greeting.Length);
        if (!said[..Math.Min(said.Length, Greeting.Length)].SequenceEqual(Greeting[..Math.Min(said.Length, Greeting.Length)]))
            throw new InvalidOperationException("StackExchange.Redis greets in another way than this version of the module knows.");
        ReadOnlySpan<byte> echo = said[Math.Min(said.Length, Greeting.Length)..];
        if (echo.IndexOf((byte)'\n') is > 0 and var head && echo.Length == head + 1 + int.Parse(echo[1..(head - 1)]) + 2) _greeted.TrySetResult([.. Id, .. echo]);
    }
}
