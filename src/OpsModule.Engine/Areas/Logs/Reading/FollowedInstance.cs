using System.Threading.Channels;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>One instance that is followed, through its ends and starts.</summary>
internal sealed class FollowedInstance<T>(InstanceReader<T> reader, ChannelWriter<List<Ordered<T>>> arrivals, TimeProvider time)
{
    /// <summary>After so long without a byte, what waits for more of itself is given away.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _turn = new(1);
    private DateTimeOffset? _startedAt;
    private bool _warned;
    private long _lastBytes;

    /// <summary>The reading, or the last one.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>True when it is not read and there may be something to read.</summary>
    public bool IsDue(ServiceInstance instance) => Running.IsCompleted && (instance.State == InstanceState.Running || instance.StartedAt != _startedAt);

    public void Start(LogSource source, ServiceInstance instance, DateTimeOffset? since, IOpsReporter reporter, CancellationToken cancellationToken)
    {
        _startedAt = instance.StartedAt;
        if (reader.Position.Lines > 0) since = reader.Position.Time;
        reader.Resume();
        Running = Task.Run(() => ReadAsync(source, new LogRequest(since, Follow: true, Timestamps: true), reporter, cancellationToken), CancellationToken.None);
    }

    private async Task ReadAsync(LogSource source, LogRequest request, IOpsReporter reporter, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task settling = SettleAsync(ended.Token);
        try
        {
            await source.ReadAsync(request, async (error, bytes) =>
            {
                _lastBytes = time.GetTimestamp();
                await InTurnAsync(() => reader.Feed(error, bytes.Span), cancellationToken).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { reporter.Verbose($"{source.Instance} is gone."); }
        catch (Exception e) when (e is OpsException or IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            if (!_warned) reporter.Warning($"{(e is OpsException ? e : LogPump<T>.Broken(source, e)).Message} It is tried again.");
            _warned = true;
        }
        await ended.CancelAsync().ConfigureAwait(false);
        await settling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await InTurnAsync(reader.End, cancellationToken).ConfigureAwait(false);
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Quiet, time, cancellationToken).ConfigureAwait(false);
            if (time.GetElapsedTime(_lastBytes) >= Quiet) await InTurnAsync(reader.Settle, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Does something with the reader and hands on what that made ready, before anybody else does.</summary>
    private async Task InTurnAsync(Action action, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            action();
            if (reader.Drain() is { Count: > 0 } ready) await arrivals.WriteAsync(ready, cancellationToken).ConfigureAwait(false);
        }
        finally { _turn.Release(); }
    }
}
