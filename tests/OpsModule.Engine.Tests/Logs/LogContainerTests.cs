using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>The logs of real containers on a real Docker engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class LogContainerTests(DockerFixture docker) : IDisposable
{
    private readonly string _project = "logs" + Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> _containers = [];

    public void Dispose()
    {
        foreach (string id in _containers) DockerFixture.DockerAsync("rm", "-f", id).GetAwaiter().GetResult();
    }

    [Fact]
    public async Task Both_streams_a_burst_and_a_long_line_are_read_as_they_were_written()
    {
        string id = await RunAsync("api", "echo '{\"level\":\"warn\",\"msg\":\"a\"}'; sleep 0.2; echo 'ERROR b' >&2; sleep 0.2; busybox seq 10000; busybox head -c 100000 /dev/zero | busybox tr '\\0' x; echo");
        await DockerFixture.DockerAsync("wait", id);
        List<LogEntry> entries = await ReadAsync(new LogQuery { Services = ["api"] });
        Assert.Equal(10_003, entries.Count);
        Assert.Equal([(LogLevel.Warning, "a", LogStream.Output), (LogLevel.Error, "b", LogStream.Error)], entries.Take(2).Select(e => (e.Level, e.Message, e.Stream)));
        Assert.Equal(Enumerable.Range(1, 10_000).Select(i => $"{i}"), entries.Skip(2).Take(10_000).Select(e => e.Message));
        Assert.Equal(new string('x', 100_000), entries[^1].Message);
        Assert.All(entries, e => Assert.NotNull(e.Time));
        using IServicePlatform platform = Open();
        List<string> raw = [];
        await foreach (IReadOnlyList<string> batch in Reader(platform).ReadRawAsync(new LogQuery { Services = ["api"], Pattern = ".", Tail = 2 }, default)) raw.AddRange(batch);
        Assert.Equal(["10000", new string('x', 100_000)], raw);
    }

    [Fact]
    public async Task A_container_whose_output_is_kept_nowhere_is_named_and_the_others_are_read()
    {
        await RunAsync("api", "echo hello; sleep 600");
        _containers.Add(await DockerFixture.RunAsync(_project, "mute", "echo lost; sleep 600", "--log-driver", "none"));
        using IServicePlatform platform = Open();
        var failed = new List<OpsException>();
        var reader = new LogReader(platform, SilentReporter.Instance, TimeProvider.System, failed.Add);
        List<string> read = [];
        for (int attempt = 0; read.Count == 0 && attempt < 100; attempt++)
        {
            failed.Clear();
            await foreach (IReadOnlyList<LogEntry> batch in reader.ReadAsync(new LogQuery(), default)) read.AddRange(batch.Select(e => e.Message));
        }
        Assert.Equal(["hello"], read);
        OpsException error = Assert.Single(failed);
        Assert.Equal("LogNotKept", error.ErrorId);
        Assert.Contains("of the service mute", error.Message);
        Assert.Contains("its log driver is none", error.Message);
        Assert.Contains("Restart-OpsService mute -Recreate", error.RecommendedAction);
    }

    [Fact]
    public async Task Two_instances_are_merged_in_the_order_in_which_they_wrote()
    {
        await RunAsync("api", "for i in 1 2 3 4 5; do echo one $i; sleep 0.4; done; sleep 600");
        await RunAsync("api", "sleep 0.2; for i in 1 2 3 4 5; do echo two $i; sleep 0.4; done; sleep 600");
        List<LogEntry> entries = [];
        while (entries.Count < 10) entries = await ReadAsync(new LogQuery());
        Assert.Equal(entries.OrderBy(e => e.Time).Select(e => e.Message), entries.Select(e => e.Message));
        Assert.Equal(2, entries.Select(e => e.Instance).Distinct().Count());
        Assert.Equal(entries.Skip(7).Select(e => e.Message), (await ReadAsync(new LogQuery { Tail = 3 })).Select(e => e.Message));
        Assert.Equal(entries.Skip(4).Select(e => e.Message), (await ReadAsync(new LogQuery { Since = entries[4].Time })).Select(e => e.Message));
        Assert.Equal(entries.Take(5).Select(e => e.Message), (await ReadAsync(new LogQuery { Until = entries[4].Time })).Select(e => e.Message));
    }

    [Fact]
    public async Task Following_goes_on_through_a_restart_and_a_replacement_without_a_line_twice()
    {
        const string Script = "echo \"begin $NAME\"; i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); echo \"$NAME $i\"; sleep 0.05; done";
        string first = await RunAsync("api", "NAME=a; " + Script);
        using IServicePlatform platform = Open();
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        List<string> read = [];
        int stage = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (IReadOnlyList<LogEntry> batch in Reader(platform).ReadAsync(new LogQuery { Services = ["api"], Follow = true }, stop.Token))
            {
                read.AddRange(batch.Select(e => e.Message));
                if (stage == 0 && read.Contains("a 5"))
                {
                    stage = 1;
                    await DockerFixture.DockerAsync("restart", "-t", "0", first);
                }
                else if (stage == 1 && read.Count(l => l == "begin a") == 2 && read.LastIndexOf("a 5") > read.LastIndexOf("begin a"))
                {
                    stage = 2;
                    await DockerFixture.DockerAsync("rm", "-f", first);
                    await RunAsync("api", "NAME=b; " + Script);
                }
                else if (stage == 2 && read.Contains("b 5"))
                {
                    await stop.CancelAsync();
                }
            }
        });
        Assert.Equal(2, stage);
        // Each of the three lives counts on without a gap and without a repetition.
        int[] begins = [.. read.Select((line, at) => (line, at)).Where(l => l.line.StartsWith("begin", StringComparison.Ordinal)).Select(l => l.at)];
        Assert.Equal(3, begins.Length);
        foreach ((int from, int to) in begins.Zip([.. begins.Skip(1), read.Count]))
        {
            string name = read[from]["begin ".Length..];
            Assert.Equal(Enumerable.Range(1, to - from - 1).Select(i => $"{name} {i}"), read[(from + 1)..to]);
        }
    }

    private async Task<string> RunAsync(string service, string script)
    {
        string id = (await DockerFixture.DockerAsync("run", "-d", "--label", "com.docker.compose.project=" + _project, "--label", "com.docker.compose.service=" + service,
            "--label", "com.docker.compose.oneoff=False", DockerFixture.Image, "sh", "-c", script)).Trim();
        _containers.Add(id);
        return id;
    }

    private async Task<List<LogEntry>> ReadAsync(LogQuery query)
    {
        using IServicePlatform platform = Open();
        var entries = new List<LogEntry>();
        await foreach (IReadOnlyList<LogEntry> batch in Reader(platform).ReadAsync(query, default)) entries.AddRange(batch);
        return entries;
    }

    private static LogReader Reader(IServicePlatform platform) => new(platform, SilentReporter.Instance, TimeProvider.System, e => throw e);

    private IServicePlatform Open() => ServicePlatforms.Open(OpsContextFactory.Create(new OpsEnvironment
    {
        Name = _project, Directory = docker.Folder, StateDirectory = Path.Combine(docker.Folder, _project), Platform = new PlatformOptions { Kind = PlatformKind.Compose, Project = _project },
    }, SilentReporter.Instance));
}
