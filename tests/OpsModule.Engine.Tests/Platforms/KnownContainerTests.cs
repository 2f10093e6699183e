using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Platforms.Docker.Listing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>In a session a container is asked by itself only where the listing cannot prove that it is as it was.</summary>
public sealed class KnownContainerTests
{
    private const int Many = 300;

    private readonly KnownContainers _known = new(TimeProvider.System);

    private DockerPlatform Open(ListedEngine engine) => new(new PlatformSetup
    {
        Options = new PlatformOptions { Kind = PlatformKind.Compose, Project = "p" }, Environment = "lab",
    }, new DockerEngine(new DockerEndpoint(new Uri($"tcp://127.0.0.1:{engine.Port}")))) { Known = _known };

    /// <summary>Lists as a command of a session does: with a platform of its own.</summary>
    private async Task<(IReadOnlyList<ServiceRecord> Services, string[] Asked)> ListAsync(ListedEngine engine)
    {
        engine.Asked.Clear();
        using DockerPlatform platform = Open(engine);
        IReadOnlyList<ServiceRecord> services = await platform.ListAsync(null, default);
        return (services, [.. engine.Asked.Where(p => p != "/_ping")]);
    }

    [Fact]
    public async Task Of_300_containers_that_run_a_second_look_is_one_listing_and_no_request_more()
    {
        await using var engine = new ListedEngine();
        for (int i = 0; i < Many; i++) engine.Add($"c{i}", TimeSpan.FromHours(5), health: i % 2 == 0 ? "healthy" : null);
        (IReadOnlyList<ServiceRecord> first, string[] asked) = await ListAsync(engine);
        Assert.Equal(Many, asked.Count(a => a.StartsWith("/containers/c", StringComparison.Ordinal)));
        (IReadOnlyList<ServiceRecord> second, asked) = await ListAsync(engine);
        // One listing, one question for what it does not show; of their one image each of the eight that look at once may ask.
        Assert.Equal(["/containers/json", "/events"], asked.Where(a => !a.StartsWith("/images/", StringComparison.Ordinal)).Select(a => a.Split('?')[0]).Order());
        Assert.InRange(asked.Length, 2, 10);
        ServiceInstance[] before = [.. first.SelectMany(s => s.Instances)], after = [.. second.SelectMany(s => s.Instances)];
        Assert.Equal(Many, after.Length);
        Assert.Equal(before.Select(Told), after.Select(Told));
        Assert.All(after, i => Assert.Equal((3, TimeSpan.FromSeconds(40), 64L * 1024 * 1024), (i.Restarts, i.StopGrace, i.MemoryLimitBytes!.Value)));
    }

    private static string Told(ServiceInstance i) => $"{i.Id} {i.Name} {i.State} {i.Health} {i.HealthOutput} {i.Restarts} {i.ExitCode} {i.StartedAt:O} {i.StopGrace} {i.IsDone}";

    /// <summary>What happens to one of two, and that it, and it alone, is asked again.</summary>
    [Theory]
    [InlineData("restarted")]
    [InlineData("unhealthy")]
    [InlineData("still unhealthy")]
    [InlineData("healthy again")]
    [InlineData("ended")]
    [InlineData("paused")]
    [InlineData("renamed")]
    [InlineData("moved")]
    [InlineData("young")]
    [InlineData("silent")]
    [InlineData("out of memory")]
    public async Task What_changed_is_asked_again(string how)
    {
        await using var engine = new ListedEngine();
        engine.Add("quiet", TimeSpan.FromHours(5), "healthy");
        Listed one = engine.Add("one", TimeSpan.FromHours(5), how is "still unhealthy" or "healthy again" ? "unhealthy" : "healthy");
        ServiceInstance before = Find((await ListAsync(engine)).Services);
        (one.Restarts, one.Started) = how == "restarted" ? (4, DateTimeOffset.UtcNow) : (one.Restarts, one.Started);
        one.Health = how switch { "unhealthy" or "still unhealthy" => "unhealthy", "healthy again" => "healthy", _ => one.Health };
        if (how == "ended") (one.State, one.ExitCode, one.Finished) = ("exited", 137, DateTimeOffset.UtcNow);
        if (how == "paused") one.State = "paused";
        if (how == "renamed") one.Name = "other";
        if (how == "moved") one.Address = "10.0.0.99";
        if (how == "young") one.Status = "Up Less than a second (healthy)";
        if (how == "out of memory") engine.OutOfMemory = "one";
        if (how == "silent") one.Status = ""; // an engine that does not say since when
        (IReadOnlyList<ServiceRecord> services, string[] asked) = await ListAsync(engine);
        Assert.Equal(["/containers/one/json"], asked.Where(a => a.EndsWith("/json", StringComparison.Ordinal) && a.StartsWith("/containers/", StringComparison.Ordinal)));
        ServiceInstance now = Find(services);
        Assert.Equal(how is "restarted" ? 4 : 3, now.Restarts);
        Assert.Equal(how is "ended" ? (InstanceState.Exited, 137) : (how is "paused" ? InstanceState.Paused : InstanceState.Running, null), (now.State, now.ExitCode));
        if (how.EndsWith("unhealthy", StringComparison.Ordinal)) Assert.Equal((InstanceHealth.Unhealthy, "no database"), (now.Health, now.HealthOutput));
        if (how == "healthy again") Assert.Equal((InstanceHealth.Unhealthy, InstanceHealth.Healthy), (before.Health, now.Health));
        if (how == "renamed") Assert.Equal("other", now.Name);
        if (how == "moved") Assert.Equal("10.0.0.99", now.Address);

        static ServiceInstance Find(IReadOnlyList<ServiceRecord> services) => services.Single(s => s.Name == "one").Instances.Single();
    }

    [Fact]
    public async Task One_that_ended_long_ago_is_asked_once_and_who_ended_it_too()
    {
        await using var engine = new ListedEngine();
        Listed job = engine.Add("job", TimeSpan.FromHours(3));
        (job.State, job.ExitCode, job.Finished) = ("exited", 0, DateTimeOffset.UtcNow.AddHours(-2.9));
        Assert.Contains((await ListAsync(engine)).Asked, IsAboutItsEnd);
        (IReadOnlyList<ServiceRecord> services, string[] asked) = await ListAsync(engine);
        Assert.True(services.Single().Instances.Single().IsDone);
        Assert.DoesNotContain(asked, a => IsAboutItsEnd(a) || a == "/containers/job/json");
        // Run once more, and ended at once.
        job.Finished = DateTimeOffset.UtcNow;
        Assert.Contains("/containers/job/json", (await ListAsync(engine)).Asked);

        static bool IsAboutItsEnd(string asked) => asked.StartsWith("/events", StringComparison.Ordinal) && asked.Contains("kill", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Up Less than a second", 0.0)]
    [InlineData("Up 1 second (health: starting)", 1.0)]
    [InlineData("Up 59 seconds", 59.0)]
    [InlineData("Up About a minute", 60.0)]
    [InlineData("Up 45 minutes (Paused)", 45 * 60.0)]
    [InlineData("Up About an hour (healthy)", 3600.0)]
    [InlineData("Up 2 hours", 5400.0)]
    [InlineData("Up 3 days (unhealthy)", 71.5 * 3600)]
    [InlineData("Up 2 weeks", 335.5 * 3600)]
    [InlineData("Exited (137) 2 months ago", 1439.5 * 3600)]
    [InlineData("Exited (0) 5 minutes ago", 300.0)]
    [InlineData("Exited (0) Less than a second ago", 0.0)]
    [InlineData("Restarting (1) 5 minutes ago", null)]
    [InlineData("Created", null)]
    [InlineData("Dead", null)]
    [InlineData("", null)]
    [InlineData("Up 5 fortnights", null)]
    [InlineData("Up 99999999999 seconds", null)]
    public void The_words_of_a_listing_say_for_how_long_at_least(string words, double? seconds) =>
        Assert.Equal(seconds, ListedStatus.AtLeast(words)?.TotalSeconds);

    private sealed class Listed(string name, TimeSpan runs, string? health)
    {
        public string Name { get; set; } = name;
        public string Service { get; } = name;
        public string State { get; set; } = "running";
        public string? Health { get; set; } = health;
        public string? Status { get; set; }
        public string Address { get; set; } = "10.0.0.2";
        public int Restarts { get; set; } = 3;
        public int ExitCode { get; set; }
        public DateTimeOffset Started { get; set; } = DateTimeOffset.UtcNow - runs;
        public DateTimeOffset? Finished { get; set; }

        public string Words => Status ?? (State == "exited" ? $"Exited ({ExitCode}) {Since(Finished!.Value)} ago"
            : $"Up {Since(Started)}{(State == "paused" ? " (Paused)" : Health is null ? "" : Health == "starting" ? " (health: starting)" : $" ({Health})")}");

        private static string Since(DateTimeOffset time) => DateTimeOffset.UtcNow - time is { TotalSeconds: >= 2 } lasts
            ? lasts.TotalHours >= 2 ? $"{(int)(lasts.TotalHours + 0.5)} hours" : $"{(int)lasts.TotalSeconds} seconds" : "Less than a second";
    }

    /// <summary>Lists what it is told, and notes what it is asked.</summary>
    private sealed class ListedEngine : LoopbackServer
    {
        private readonly ConcurrentDictionary<string, Listed> _all = new();

        public ConcurrentQueue<string> Asked { get; } = new();

        /// <summary>Of which container a process was ended for want of memory, while it runs on.</summary>
        public string? OutOfMemory { get; set; }

        public Listed Add(string id, TimeSpan runs, string? health = null) => _all[id] = new Listed(id, runs, health);

        protected override async Task ServeAsync(TcpClient client)
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, leaveOpen: true);
            while (await reader.ReadLineAsync(Stopped) is { } first)
            {
                while (await reader.ReadLineAsync(Stopped) is { Length: > 0 }) { }
                string path = first.Split(' ')[1];
                if (path.StartsWith("/v1.", StringComparison.Ordinal)) path = path[path.IndexOf('/', 1)..];
                Asked.Enqueue(path.Split('?')[0] is "/containers/json" or "/events" ? path : path.Split('?')[0]);
                string body = Answer(path.Split('?')[0], path);
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"), Stopped);
            }
        }

        private string Answer(string path, string whole) => path switch
        {
            "/containers/json" => JsonSerializer.Serialize(_all.Select(c => new
            {
                Id = c.Key, Names = new[] { "/" + c.Value.Name }, Image = "app", ImageID = "sha256:i", c.Value.State, Status = c.Value.Words, Labels = Labels(c.Value),
                NetworkSettings = Networks(c.Value),
            })),
            "/_ping" => "OK",
            "/events" => OutOfMemory is { } killed && whole.Contains("oom", StringComparison.Ordinal)
                ? JsonSerializer.Serialize(new { Type = "container", Action = "oom", Actor = new { ID = killed }, time = DateTimeOffset.UtcNow.ToUnixTimeSeconds() }) + "\n" : "",
            _ when path.StartsWith("/images/", StringComparison.Ordinal) => """{"RepoDigests":["app@sha256:d"]}""",
            _ => Inspected(path.Split('/')[2]),
        };

        private string Inspected(string id)
        {
            Listed c = _all[id];
            return JsonSerializer.Serialize(new
            {
                Id = id, Name = "/" + c.Name, Image = "sha256:i", RestartCount = c.Restarts, Created = c.Started,
                State = new
                {
                    Status = c.State, c.ExitCode, StartedAt = c.Started, FinishedAt = c.Finished ?? default(DateTimeOffset),
                    Health = c.Health is null ? null : new { Status = c.Health, Log = new[] { new { ExitCode = c.Health == "unhealthy" ? 1 : 0, Output = "no database" } } },
                },
                Config = new { Image = "app", StopTimeout = 40, Labels = Labels(c) },
                HostConfig = new { Memory = 64 * 1024 * 1024, RestartPolicy = new { Name = "no" } },
                NetworkSettings = Networks(c),
            });
        }

        private static Dictionary<string, string> Labels(Listed c) => new() { ["com.docker.compose.project"] = "p", ["com.docker.compose.service"] = c.Service };

        private static object Networks(Listed c) => new { Networks = new Dictionary<string, object> { ["n"] = new { IPAddress = c.Address } } };
    }
}
