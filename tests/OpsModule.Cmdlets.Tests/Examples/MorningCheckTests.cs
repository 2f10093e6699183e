using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Examples;

/// <summary>examples/morning-check on its own project: in a real pwsh.</summary>
[Collection(DockerCollection.Name)]
public sealed class MorningCheckTests
{
    /// <summary>What the handbooks ask for, as the report names it.</summary>
    private static readonly string[] Asked =
    [
        "service.state", "service.restarts", "service.memory", "service.logs", "service.http", "http.p95", "api.db", "api.redis", "api.payments", "api.lag",
        "database.connect", "database.connections", "database.transaction", "database.blocked", "database.size", "database.xidAge",
        "scans.rows", "findings.rows", "api_keys.rows", "api_keys.age", "scans.failed", "scans.stuck", "indexer.lag", "tables.bloat",
        "mfa.enrolled", "signins.failed", "vault.unlocks", "cache.connect", "cache.memory", "cache.persistence", "cache.keys", "queue.jobs", "queue.mail",
        "disk.free", "memory.used", "cpu.used", "load.perCore", "https", "backup.age", "backup.verifiedAge", "worker.alive",
        "log.security", "log.injection", "log.tenants", "log.ratelimit",
    ];

    [Fact]
    public async Task The_report_has_what_the_handbooks_ask_for_and_sees_what_is_broken()
    {
        using var project = new MorningProject();
        await project.StartAsync();
        BackupRecord backup = Assert.Single(PwshRun.Of("Backup-OpsDatabase main", project.Folder).Objects.OfType<BackupRecord>());

        (int code, string said) = await CheckAsync(project, "good.html");
        string page = project.Read("good.html");
        Assert.True(code == 0, said + page[page.IndexOf("id=\"attention\"", StringComparison.Ordinal)..][..3000]);
        Assert.All(Asked, check => Assert.Contains(check, page));
        Assert.All(["Services", "Resource usage", "Disks", "Backups", "Tests of backups", "Logs", "Events", "Changes"], section => Assert.Matches($">{section}</h2>", page));
        Assert.Contains("scan # failed: scanner timed out", page);
        string attention = Attention(page);
        Assert.Contains("log.security of all logs", attention);
        Assert.Contains("the last of worker: SECURITY: Rate limit exceeded for 203.0.113.9", attention);
        Assert.DoesNotContain("log.injection", attention);

        await project.StopAsync("redis");
        project.Put("ops.yaml", project.Read("ops.yaml").Replace("thresholds:\n", "thresholds:\n  backup.age: { warning: 1ms, critical: 2ms }\n"));
        string dump = Directory.GetFiles(Path.Combine(project.Folder, "backups"), "*.dump*", SearchOption.AllDirectories).Single();
        using (FileStream damaged = File.OpenWrite(dump))
        {
            damaged.Seek(damaged.Length / 2, SeekOrigin.Begin);
            damaged.Write(new byte[64]);
        }
        (code, said) = await CheckAsync(project, "bad.html");
        Assert.True(code == 1, said);
        attention = Attention(project.Read("bad.html"));
        Assert.Contains("service.state of redis", attention);
        Assert.Contains("cache.connect of main", attention);
        Assert.Contains("backup.age of main", attention);
        Assert.Contains(backup.Id, attention);
        // Said once: by the check, and not again by the list of services.
        Assert.DoesNotContain("<h3>service redis</h3>", attention);
    }

    [Fact]
    public async Task What_cannot_be_looked_at_is_no_good_morning()
    {
        using var folder = new MorningProject();
        (int code, string said) = await folder.RunAsync(PwshProcess.Program, "-NoProfile", "-File", Script, "-Environment", Path.Combine(folder.Folder, "none.yaml"));
        Assert.Equal(2, code);
        Assert.Contains("none.yaml", said);
    }

    private static string Script => Path.Combine(MorningProject.Root, "examples", "morning-check.ps1");

    private static Task<(int, string)> CheckAsync(MorningProject project, string page) =>
        project.RunAsync(PwshProcess.Program, "-NoProfile", "-File", Script, "-Environment", project.EnvironmentFile, "-Path", page);

    private static string Attention(string page) =>
        page[page.IndexOf("id=\"attention\"", StringComparison.Ordinal)..page.IndexOf("id=\"section-1\"", StringComparison.Ordinal)];
}
