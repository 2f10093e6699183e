using System.Buffers;
using System.Globalization;
using System.Text;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Redis.Pipes;

/// <summary>
/// A connection for many commands at once, whose keys and values are bytes: what is restored is sent in batches, and no answer is waited
/// for before the next command. It is the only one that changes keys, and therefore takes the change that it works for.
/// </summary>
public sealed class RedisPipe : IAsyncDisposable
{
    /// <summary>A batch of this size is worth sending.</summary>
    private const int Enough = 1024 * 1024, MostCommands = 2000;

    /// <summary>How long the answers of a batch are waited for after somebody has stopped the run.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Stream _stream;
    private readonly RedisServer _server;
    private readonly PipeReader _reader;
    private readonly ArrayBufferWriter<byte> _buffer = new(Enough);
    private int _commands;

    private RedisPipe(Stream stream, RedisServer server) => (_stream, _server, _reader) = (stream, server, new PipeReader(stream));

    /// <summary>Where it leads, as <c>host:port</c>.</summary>
    public string Place => string.Create(CultureInfo.InvariantCulture, $"{_server.Host}:{_server.Port}");

    /// <summary>True when what was added should be sent.</summary>
    public bool IsFull => _buffer.WrittenCount >= Enough || _commands >= MostCommands;

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="OpsException">As <see cref="RedisServer.ConnectAsync"/>.</exception>
    public static async Task<RedisPipe> OpenAsync(ChangeScope scope, RedisServer server, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(scope);
        string? password = server.Settings.Password?.Resolve();
        var pipe = new RedisPipe(await server.OpenStreamAsync(ct).ConfigureAwait(false), server);
        try
        {
            if (password is not null)
                await pipe.AskAsync(ct, server.Settings.User is { } user ? ["AUTH", user, password] : ["AUTH", password])
                    .ConfigureAwait(false);
            return pipe;
        }
        catch
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds a command, which is sent with the others.</summary>
    public void Add(params ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        Header('*', parts.Length);
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            Header('$', part.Length);
            _buffer.Write(part.Span);
            _buffer.Write("\r\n"u8);
        }
        _commands++;
    }

    /// <summary>Adds a command of words.</summary>
    public void Add(params ReadOnlySpan<string> words)
    {
        Header('*', words.Length);
        foreach (string word in words)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(word);
            Header('$', bytes.Length);
            _buffer.Write(bytes);
            _buffer.Write("\r\n"u8);
        }
        _commands++;
    }

    /// <summary>
    /// Sends what was added, and gives the answers in its order, errors too. A run that is stopped is stopped before a batch, never in one:
    /// a server would go on with what it has not read yet, after whatever is done to take the batch back.
    /// </summary>
    /// <exception cref="OpsException"><c>CacheUnreachable</c> when the connection breaks.</exception>
    public async Task<IReadOnlyList<PipeReply>> ExchangeAsync(CancellationToken ct)
    {
        if (_commands == 0) return [];
        if (ct.IsCancellationRequested) Empty();
        ct.ThrowIfCancellationRequested();
        using var patience = new CancellationTokenSource();
        using CancellationTokenRegistration stopped = ct.Register(() => patience.CancelAfter(Patience));
        var replies = new PipeReply[_commands];
        try
        {
            // Both at once: a server that cannot get rid of its answers reads no more commands.
            Task writing = _stream.WriteAsync(_buffer.WrittenMemory, patience.Token).AsTask();
            for (int i = 0; i < replies.Length; i++) replies[i] = await _reader.ReadAsync(patience.Token).ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or InvalidDataException)
        {
            throw new OpsException("CacheUnreachable", OpsErrorCategory.ResourceUnavailable,
                $"The connection to {Place} broke: {e.Message.TrimEnd('.')}.",
                "Look at the cache's log. What was begun is gone on with by Resume-OpsChange, or taken back by Undo-OpsChange.",
                _server.Settings.Name, e);
        }
        Empty();
        return replies;
    }

    private void Empty()
    {
        _commands = 0;
        // What a large value has made of it is given back.
        if (_buffer.Capacity > 64 * Enough) _buffer.Clear();
        else _buffer.ResetWrittenCount();
    }

    /// <summary>Sends one command of words and gives its answer.</summary>
    /// <exception cref="OpsException"><c>CacheRefused</c>, <c>CacheLoginRefused</c>, <c>CacheUnreachable</c>.</exception>
    public async Task<PipeReply> AskAsync(CancellationToken ct, params string[] words)
    {
        Add(words);
        PipeReply reply = (await ExchangeAsync(ct).ConfigureAwait(false))[^1];
        return reply.IsError ? throw Refused(words[0], reply) : reply;
    }

    /// <summary>The error of a command that was refused.</summary>
    public OpsException Refused(string command, PipeReply reply)
    {
        bool isLogin = reply.Text.Split(' ')[0] is "NOAUTH" or "WRONGPASS" or "NOPERM";
        return new OpsException(isLogin ? "CacheLoginRefused" : "CacheRefused",
            isLogin ? OpsErrorCategory.PermissionDenied : OpsErrorCategory.InvalidOperation,
            $"{Place} refuses {command}: {reply.Text.TrimEnd('.')}.",
            isLogin ? $"Check caches.{_server.Settings.Name}.user and .password, and what that user may do."
                : "Mend what the server reports, then run the command again.", _server.Settings.Name);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private void Header(char kind, int number)
    {
        Span<byte> span = _buffer.GetSpan(16);
        span[0] = (byte)kind;
        number.TryFormat(span[1..], out int written, default, CultureInfo.InvariantCulture);
        span[written + 1] = (byte)'\r';
        span[written + 2] = (byte)'\n';
        _buffer.Advance(written + 3);
    }
}
