using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Storage;

/// <summary>Usage and clearing of a real Docker engine, as they are typed.</summary>
[Collection(DockerCollection.Name)]
public sealed class StorageCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName, _mark = "s" + Guid.NewGuid().ToString("N")[..8];

    public StorageCmdletTests() => File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
        environment: shop
        platform: { compose: { file: compose.yaml, project: {{_mark}} } }
        backups: { stores: { local: { path: backups } } }
        """);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    private async Task<string> EndAsync(string name, params string[] options)
    {
        string id = (await DockerFixture.DockerAsync(["run", "-d", "--name", name, .. options, DockerFixture.Image, "sh", "-c", "busybox dd if=/dev/zero of=/written bs=1000 count=2000 2>/dev/null"])).Trim();
        await DockerFixture.DockerAsync("wait", id);
        return id;
    }

    [Fact]
    public async Task WhatIf_looks_at_the_engine_and_changes_nothing_and_a_run_frees_what_it_said()
    {
        string id = await EndAsync(_mark);
        PwshRun looked = Run("Clear-OpsStorage Container -OlderThan 0s -WhatIf");
        ChangePlan planned = looked.Objects.Cast<ChangePlan>().Single(p => p.Arguments["id"] == id);
        Assert.True(planned.Irreversible);
        long bytes = long.Parse(planned.Arguments["bytes"]);
        Assert.InRange(bytes, 2_000_000, 2_100_000);
        Assert.Contains(looked.WhatIfs, w => w.Contains("free 1.9 MiB") && w.Contains(_mark));
        Assert.False(Directory.Exists(Path.Combine(_folder, ".ops")));
        Assert.DoesNotContain(Run("Clear-OpsStorage Container -WhatIf").Objects.Cast<ChangePlan>(), p => p.Arguments["id"] == id);

        StorageItem gone = Run("Clear-OpsStorage Container -OlderThan 0s -Confirm:$false").Objects.Cast<StorageItem>().Single(i => i.Id == id);
        Assert.Equal((true, bytes), (gone.Removed, gone.FreedBytes!.Value));
        Assert.Contains(Run("Get-OpsChange").Objects.Cast<JournalEntry>(), e => e is { Action: "Clear-OpsStorage", Outcome: JournalOutcome.Completed } && e.Target == $"storage/container/{_mark}");
    }

    [Fact]
    public async Task A_volume_goes_when_it_is_named_and_nothing_else_with_it()
    {
        string id = await EndAsync(_mark, "-v", _mark + "-held:/data");
        await DockerFixture.DockerAsync("volume", "create", _mark + "-free");
        PwshRun run = Run($"Clear-OpsStorage -Volume {_mark}-held, {_mark}-free, nothing -OlderThan 0s -Confirm:$false");
        Assert.Equal([_mark + "-free"], run.Objects.Cast<StorageItem>().Select(i => i.Name));
        Assert.Equal(["VolumeInUse", "VolumeNotFound"], run.Errors.Select(e => e.ErrorId).Order());
        Assert.Equal(1, run.ExitCode);
        await DockerFixture.DockerAsync("inspect", id);
        // Nobody answers, so nothing goes.
        await DockerFixture.DockerAsync("volume", "create", _mark + "-asked");
        PwshRun asked = new PwshRun { Answer = 'n' }.Run($"Clear-OpsStorage -Volume {_mark}-asked", _folder);
        Assert.Single(asked.Questions);
        Assert.Empty(asked.Objects);
    }

    [Fact]
    public void Old_logs_go_from_folders_that_are_named_without_an_engine()
    {
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), "environment: shop\nbackups: { stores: { local: { path: backups } } }\n");
        Directory.CreateDirectory(Path.Combine(_folder, "logs"));
        Directory.CreateDirectory(Path.Combine(_folder, "backups"));
        foreach (string name in (string[])["app.log", "app.log.1", "app.log.2.gz"])
        {
            File.WriteAllText(Path.Combine(_folder, "logs", name), new string('x', 100));
            File.SetLastWriteTimeUtc(Path.Combine(_folder, "logs", name), DateTime.UtcNow.AddDays(-9));
        }
        Assert.Empty(Run("Clear-OpsStorage -LogFolder logs -OlderThan 10d -Confirm:$false").Objects);
        Assert.Equal(["app.log.1", "app.log.2.gz"], Run("Clear-OpsStorage -LogFolder logs -OlderThan 7d -Confirm:$false").Objects.Cast<StorageItem>().Select(i => i.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["app.log"], Directory.GetFiles(Path.Combine(_folder, "logs")).Select(f => Path.GetFileName(f)!));
        Assert.Equal("LogFolderRefused", Assert.Single(Run("Clear-OpsStorage -LogFolder backups -Confirm:$false").Errors).ErrorId);
        Assert.Equal("PlatformUnsupported", Assert.Single(Run("Clear-OpsStorage -WhatIf").Errors).ErrorId);
    }

    [Theory]
    [InlineData("Clear-OpsStorage Volume -WhatIf")]
    [InlineData("Clear-OpsStorage Log -WhatIf")]
    public void What_must_be_named_is_asked_for(string pipeline) => Assert.Equal("NothingNamed", Assert.Single(Run(pipeline).Errors).ErrorId);

    [Fact]
    public void Usage_is_of_the_kinds_that_are_asked_for()
    {
        Assert.Equal([DiskUsageKind.Image, DiskUsageKind.Store], Run("Get-OpsDiskUsage Image, Store").Objects.Cast<DiskUsage>().Select(u => u.Kind));
        Assert.Contains("/", Run("Get-OpsDiskUsage | Where-Object Kind -eq FileSystem").Objects.Cast<DiskUsage>().Select(u => u.Name));
    }
}
