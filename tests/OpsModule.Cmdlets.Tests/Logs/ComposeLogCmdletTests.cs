using System.Text.Json;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Logs;

/// <summary>Logs of containers of a real Docker engine, as they are typed.</summary>
[Collection(DockerCollection.Name)]
public sealed class ComposeLogCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName, _project = "l" + Guid.NewGuid().ToString("N")[..10];

    public ComposeLogCmdletTests() => File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
        environment: shop
        platform: { compose: { file: compose.yaml, project: {{_project}} } }
        backups: { stores: { local: { path: backups } } }
        """);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<string> StartAsync(string service, string command) => DockerFixture.RunAsync(_project, service, command);

    private List<LogEntry> Read(string pipeline)
    {
        PwshRun run = PwshRun.Of(pipeline, _folder);
        Assert.Empty(run.Errors);
        return [.. run.Objects.Cast<LogEntry>()];
    }

    [Fact]
    public async Task Instances_are_merged_in_time_order_and_read_from_a_time_on()
    {
        // Each waits for the other's line, so that they write by turns however busy the machine is.
        string turns = Directory.CreateDirectory(Path.Combine(_folder, "turns")).FullName;
        File.WriteAllText(Path.Combine(turns, "two0"), "");
        await TurnAsync("one", "/turns/two$((i-1))");
        await TurnAsync("two", "/turns/one$i");
        List<LogEntry> all = [];
        while (all.Count < 8) all = Read("Get-OpsLog api");
        Assert.Equal(2, all.Select(e => e.Instance).Distinct().Count());
        Assert.Equal(all.OrderBy(e => e.Time).Select(e => e.Message), all.Select(e => e.Message));
        // One after the other would not do.
        Assert.NotEqual(all.OrderBy(e => e.Instance, StringComparer.Ordinal).Select(e => e.Instance), all.Select(e => e.Instance));
        Assert.NotEqual(all.OrderByDescending(e => e.Instance, StringComparer.Ordinal).Select(e => e.Instance), all.Select(e => e.Instance));
        Assert.Equal(all.Skip(5).Select(e => e.Message), Read($"Get-OpsLog api -Since '{all[5].Time:O}'").Select(e => e.Message));
        Assert.Equal(all.Take(3).Select(e => e.Message), Read($"Get-OpsLog api -Until '{all[2].Time:O}'").Select(e => e.Message));
        Assert.Equal(all.Skip(6).Select(e => e.Message), Read("Get-OpsLog api -Tail 2").Select(e => e.Message));

        Task TurnAsync(string name, string awaited) => DockerFixture.RunAsync(_project, "api",
            $"for i in 1 2 3 4; do until [ -e {awaited} ]; do sleep 0.05; done; echo {name} $i; sleep 0.05; : > /turns/{name}$i; done; sleep 600", "-v", turns + ":/turns");
    }

    [Fact]
    public async Task Following_goes_on_in_the_container_that_replaces_the_first_and_ends_when_enough_was_read()
    {
        string first = await StartAsync("api", "echo a 1; echo a 2; echo a 3; sleep 600");
        var run = new PwshRun();
        Task<PwshRun> following = Task.Run(() => run.Run("Get-OpsLog api -Follow | Select-Object -First 6", _folder));
        while (run.Objects.Count < 3 && !following.IsCompleted) await Task.Delay(20);
        await DockerFixture.DockerAsync("rm", "-f", first);
        await StartAsync("api", "echo b 1; echo b 2; echo b 3; while :; do echo more; sleep 1; done");
        await following;
        Assert.Equal(["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"], run.Objects.Cast<LogEntry>().Select(e => e.Message));
        Assert.Equal(2, run.Objects.Cast<LogEntry>().Select(e => e.Instance).Distinct().Count());
        Assert.Empty(run.Errors);
        Assert.Equal("more", Assert.Single(Read("Get-OpsLog api -Follow -Pattern more | Select-Object -First 1")).Message);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_in_a_service_does_not_upset_the_order()
    {
        await StartAsync("late", """echo '{"time":"2001-01-01T00:00:00Z","level":"info","msg":"first"}'; sleep 600""");
        while (Read("Get-OpsLog late").Count == 0) await Task.Delay(50);
        await StartAsync("early", """echo '{"time":"2101-01-01T00:00:00Z","level":"error","msg":"second"}'; sleep 600""");
        while (Read("Get-OpsLog early").Count == 0) await Task.Delay(50);
        await StartAsync("right", "echo third; sleep 600");
        List<LogEntry> all = [];
        while (all.Count < 3) all = Read("Get-OpsLog");
        Assert.Equal(["first", "second", "third"], all.Select(e => e.Message));
        Assert.All(all, e => Assert.InRange(e.Time!.Value, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddMinutes(1)));
        // What the service believed is still to be seen.
        Assert.Contains("2101", all[1].Raw);
        Assert.Equal(["first", "second", "third"], Read("Get-OpsLog -Since 1h").Select(e => e.Message));
    }

    [Fact]
    public async Task An_export_goes_to_a_store_that_is_a_folder_with_its_manifest()
    {
        await StartAsync("api", "echo one; echo two >&2; sleep 600");
        while (Read("Get-OpsLog api").Count < 2) await Task.Delay(50);
        PwshRun what = PwshRun.Of("Export-OpsLog api -Store local -WhatIf", _folder);
        Assert.Contains("Write the logs of api", Assert.Single(what.WhatIfs));
        Assert.False(Directory.Exists(Path.Combine(_folder, "backups")));

        LogExportRecord record = Assert.Single(PwshRun.Of("Export-OpsLog api -Store local -Compression Gzip", _folder).Objects.Cast<LogExportRecord>());
        Assert.Equal((2L, "local"), (record.Lines, record.Store));
        Assert.StartsWith(Path.Combine(_folder, "backups", "logs", "shop"), record.Location);
        JsonElement manifest = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(record.Location + ".manifest.json"));
        Assert.Equal((record.Sha256, 2), (manifest.GetProperty("sha256").GetString(), manifest.GetProperty("lines").GetInt32()));
        Assert.Equal(["one", "two"], Read($"Get-OpsLog -Path {record.Location}").Select(e => e.Message).Order(StringComparer.Ordinal));
        Assert.Equal("StoreUnknown", Assert.Single(PwshRun.Of("Export-OpsLog api -Store lcoal", _folder).Errors).ErrorId);
    }
}
