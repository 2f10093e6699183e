using System.Collections.Concurrent;
using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>
/// A platform in memory, a fake: it has instances that hold lines, and everything else that a platform does it does not. What it promises of
/// logs (stamps, since, until, tail, follow) is what the interface says; real containers are read in LogContainerTests.
/// </summary>
internal sealed class FakeLogPlatform : IServicePlatform
{
    private readonly ConcurrentDictionary<string, FakeInstance> _instances = new();

    public string Description => "a fake";

    public Exception? ListingFails { get; set; }

    public int Listings { get; private set; }

    public FakeInstance Add(string service, string id)
    {
        var instance = new FakeInstance(service, id);
        _instances[id] = instance;
        return instance;
    }

    public void Remove(FakeInstance instance)
    {
        _instances.TryRemove(instance.Id, out _);
        instance.End();
    }

    public Task<IReadOnlyList<ServiceRecord>> ListAsync(IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        Listings++;
        if (ListingFails is { } failure) throw failure;
        return Task.FromResult<IReadOnlyList<ServiceRecord>>([.. _instances.Values.Where(i => names is null || names.Contains(i.Service)).OrderBy(i => i.Id).GroupBy(i => i.Service)
            .Select(g => new ServiceRecord { Name = g.Key, Environment = "e", Kind = "fake", Instances = [.. g.Select(i => i.Describe())] })]);
    }

    public Task ReadLogAsync(ServiceInstance instance, LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) =>
        _instances.TryGetValue(instance.Id, out FakeInstance? found)
            ? found.ReadAsync(request, sink, cancellationToken)
            : throw new OpsException("ContainerNotFound", OpsErrorCategory.ObjectNotFound, $"There is no {instance.Id}.", "", instance.Id);

    public void Dispose() { }

    public Task StartAsync(ChangeScope scope, ServiceRecord service, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task StopAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task RestartAsync(ChangeScope scope, ServiceRecord service, TimeSpan? grace, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task ScaleAsync(ChangeScope scope, ServiceRecord service, int replicas, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<int> ExecuteAsync(ServiceInstance instance, ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<PortRoute> ReachAsync(ServiceInstance instance, int port, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ProgramCall ProgramIn(ServiceInstance instance, ProgramCall call, ProgramSeat? seat = null) => throw new NotSupportedException();

    public Task<InstanceUsage> MeasureAsync(ServiceInstance instance, CancellationToken cancellationToken) => throw new NotSupportedException();
    public IAsyncEnumerable<PlatformEvent> EventsAsync(DateTimeOffset since, DateTimeOffset? until, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>An instance of the fake.</summary>
internal sealed class FakeInstance(string service, string id)
{
    private readonly object _gate = new();
    private readonly List<(DateTimeOffset Time, bool Error, string Line)> _lines = [];
    private bool _running = true;
    private DateTimeOffset _started = DateTimeOffset.UnixEpoch;

    public string Id => id;

    public string Service => service;

    public void Write(DateTimeOffset time, string line, bool error = false)
    {
        lock (_gate) _lines.Add((time, error, line));
    }

    public void End()
    {
        lock (_gate) _running = false;
    }

    public void Restart()
    {
        lock (_gate) (_running, _started) = (true, _started.AddSeconds(1));
    }

    public ServiceInstance Describe()
    {
        lock (_gate) return new ServiceInstance { Id = id, Name = id, Service = service, State = _running ? InstanceState.Running : InstanceState.Exited, StartedAt = _started };
    }

    public async Task ReadAsync(LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        int at = 0;
        if (request.Tail is { } tail) lock (_gate) at = Math.Max(0, _lines.Count - tail);
        while (true)
        {
            (DateTimeOffset Time, bool Error, string Line)[] next;
            bool running;
            lock (_gate) (next, running) = ([.. _lines.Skip(at)], _running);
            at += next.Length;
            foreach (var (time, error, line) in next)
            {
                // Whole seconds only: a platform may be no more exact.
                if (request.Since is { } since && time.ToUnixTimeSeconds() < since.ToUnixTimeSeconds() || time > request.Until) continue;
                string stamp = request.Timestamps ? time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z '") : "";
                await sink(error, Encoding.UTF8.GetBytes(stamp + line + "\n"));
            }
            if (!request.Follow || !running && next.Length == 0) return;
            await Task.Delay(5, cancellationToken);
        }
    }
}
