using System.Diagnostics;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>An API server that goes away for a while, or hangs: whoever said that he waits is let wait, and no longer than he said.</summary>
public sealed class KubernetesPatienceTests : IDisposable
{
    private readonly KubeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Waiting_goes_on_when_the_api_server_comes_back()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        using IServicePlatform platform = _lab.Open();
        _lab.Api.IsAway = true;
        ServiceRecord? found = null;
        Task waiting = new ServiceWaiter(_lab.Context(), platform).WaitAsync(["api"], true, TimeSpan.FromMinutes(2), s => found = s, e => throw e, default);
        await WhileAsync(waiting, () => !_lab.Reporter.Warnings.Any(w => w.Contains("asked again")));
        Assert.False(waiting.IsCompleted);
        // It answers again, and does not know its users' rights yet.
        _lab.Api.Forbidden["list pods"] = true;
        int before = _lab.Api.Requests.Count;
        _lab.Api.IsAway = false;
        await WhileAsync(waiting, () => _lab.Api.Requests.Skip(before).Count(r => r.Contains("/pods?")) < 2);
        Assert.False(waiting.IsCompleted);
        _lab.Api.Forbidden.Clear();
        await waiting;
        Assert.Equal(1, found!.Ready);
        Assert.Single(_lab.Reporter.Warnings);
    }

    [Fact]
    public async Task What_was_forbidden_all_along_is_no_matter_of_patience()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        _lab.Api.Forbidden["list pods"] = true;
        Assert.Equal("ClusterForbidden", (await Assert.ThrowsAsync<OpsException>(() => new ServiceWaiter(_lab.Context(), _lab.Open())
            .WaitAsync(["api"], true, TimeSpan.FromHours(1), _ => { }, e => throw e, default))).ErrorId);
    }

    [Fact]
    public async Task An_api_server_that_hangs_costs_no_more_than_the_time_that_was_given()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        using IServicePlatform platform = _lab.Open();
        _lab.Api.Hangs = true;
        var failed = new List<OpsException>();
        var watch = Stopwatch.StartNew();
        await new ServiceWaiter(_lab.Context(), platform).WaitAsync(["api"], true, TimeSpan.FromSeconds(3), _ => { }, failed.Add, default);
        // One question alone may take 30 s.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"It took {watch.Elapsed}.");
        Assert.Equal("ServiceNotHealthy", Assert.Single(failed).ErrorId);
        Assert.Contains("no answer in time", failed[0].Message);
    }

    [Fact]
    public async Task Following_events_goes_on_when_the_api_server_comes_back()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        string pod = (await _lab.FindAsync("api")).Instances[0].Name;
        void Happen(string message) => _lab.Store.Add("events", KubeSamples.Event("Started", "Pod", pod, message, DateTimeOffset.UtcNow));
        Happen("first");
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        List<string> read = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (PlatformEvent happened in _lab.Open().EventsAsync(DateTimeOffset.UtcNow.AddMinutes(-1), null, stop.Token))
            {
                read.Add(happened.Message);
                if (read.Count == 1) Happen("second");
                if (read.Count == 2) _ = AwayAsync();
                if (read.Count == 3) await stop.CancelAsync();
            }
        });
        Assert.Equal(["Started: first", "Started: second", "Started: third"], read);
        Assert.Single(_lab.Reporter.Warnings, w => w.Contains("asked again"));

        async Task AwayAsync()
        {
            _lab.Api.IsAway = true;
            while (!_lab.Reporter.Warnings.Any(w => w.Contains("asked again"))) await Task.Delay(20);
            Happen("third");
            _lab.Api.IsAway = false;
        }
    }

    [Fact]
    public async Task What_was_stopped_is_waited_for_until_its_last_pod_is_gone()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        string pod = (await _lab.FindAsync("api")).Instances[0].Name;
        _lab.Store.Change("pods", pod, p => p["metadata"]!["deletionTimestamp"] = KubeSamples.Time(DateTimeOffset.UtcNow));
        var ended = new List<ServiceRecord>();
        var failed = new List<OpsException>();
        await new ServiceEndWaiter(_lab.Context()).WaitAsync([await _lab.FindAsync("api")], TimeSpan.Zero, ended.Add, failed.Add, default);
        Assert.Empty(ended);
        Assert.Equal("ServiceNotEnded", Assert.Single(failed).ErrorId);
        Assert.Contains(pod, failed[0].Message);
        Task waiting = new ServiceEndWaiter(_lab.Context()).WaitAsync([await _lab.FindAsync("api")], TimeSpan.FromMinutes(2), ended.Add, failed.Add, default);
        _lab.Store.Remove("pods", pod);
        await waiting;
        Assert.Equal("api", Assert.Single(ended).Name);
    }

    [Fact]
    public async Task What_a_container_said_before_it_was_started_again_is_read_too_and_nothing_twice()
    {
        DateTimeOffset noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
        _lab.Store.Add("pods", KubeSamples.Pod("pod").With(p =>
        {
            System.Text.Json.Nodes.JsonNode status = p["status"]!["containerStatuses"]![0]!;
            (status["restartCount"], status["lastState"]) = (2, KubeSamples.Terminated(1, "Error"));
        }));
        _lab.Api.Output.Write("pod", KubeOutput.Before("app"), noon, "fatal: no such table");
        _lab.Api.Output.Write("pod", "app", noon.AddSeconds(1), "started again");
        ServiceInstance pod = (await _lab.FindAsync("pod")).Instances[0];
        Assert.Equal("fatal: no such table\nstarted again\n", await _lab.LogAsync(pod, new LogRequest()));
        Assert.Equal("fatal: no such table\nstarted again\n", await _lab.LogAsync(pod, new LogRequest(Tail: 2)));
        Assert.Equal("started again\n", await _lab.LogAsync(pod, new LogRequest(Since: noon.AddSeconds(0.5))));
        // Between two runs the cluster gives the same for both questions.
        _lab.Store.Change("pods", "pod", p => p["status"]!["containerStatuses"]![0]!["state"] = KubeSamples.Waiting("CrashLoopBackOff"));
        Assert.Equal("started again\n", await _lab.LogAsync((await _lab.FindAsync("pod")).Instances[0], new LogRequest()));
        // Of one that has not been started again there is no run before.
        _lab.Store.Change("pods", "pod", p => p["status"]!["containerStatuses"]![0]!["lastState"] = new System.Text.Json.Nodes.JsonObject());
        _lab.Store.Change("pods", "pod", p => p["status"]!["containerStatuses"]![0]!["state"] = KubeSamples.Status("app", "i", noon)["state"]!.DeepClone());
        Assert.Equal("started again\n", await _lab.LogAsync((await _lab.FindAsync("pod")).Instances[0], new LogRequest()));
    }

    /// <summary>Looks for as long as something is so; when what goes on meanwhile ends, that is the test's end, too.</summary>
    private static async Task WhileAsync(Task meanwhile, Func<bool> isSo)
    {
        while (isSo())
        {
            if (meanwhile.IsCompleted) await meanwhile;
            Assert.False(meanwhile.IsCompleted);
            await Task.Delay(20);
        }
    }
}
