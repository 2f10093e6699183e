using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Recovery;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

[Collection(PostgresCollection.Name)]
public sealed class RecoveryDrillTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_good_backup_passes_and_nothing_is_left_behind()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, RecoveryLab.Demo, RecoveryLab.Odd);
        BackupRecord backup = await lab.BackUpAsync(null);
        OpsContext context = With(lab, new DrillSettings
        {
            MinTables = 10,
            Queries = [new DrillQuery("countries", "SELECT count(*) FROM public.countries"), new DrillQuery("true", "SELECT true"), new DrillQuery("other", "SELECT false", "another database")],
        });
        DrillResult result = await new RecoveryDrill(context).RunAsync(backup, default);
        Assert.True(result.Passed, string.Join("; ", result.Failures));
        Assert.Equal(backup.Tables.Count, result.Tables);
        Assert.Equal(backup.Tables.Sum(t => t.Rows), result.Rows);
        Assert.Equal(["server-started", "database-created", "structure", "data-loaded", "verified", "assertions"], result.Steps.Select(s => s.Name));
        Assert.Empty(result.Notes);
        Assert.NotNull((await lab.Lab.ListAsync()).Single().VerifiedAt);
        AssertGone(result);
    }

    [Fact]
    public async Task A_tenants_backup_passes_without_the_rest_of_its_database()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, RecoveryLab.Odd);
        BackupRecord backup = await lab.BackUpAsync(RecoveryLab.Odd);
        OpsContext context = With(lab, new DrillSettings { Queries = [new DrillQuery("own", "SELECT count(*) = 3000 FROM {schema}.customers"), new DrillQuery("whole", "SELECT false")] });
        DrillResult result = await new RecoveryDrill(context).RunAsync(backup, default);
        Assert.True(result.Passed, string.Join("; ", result.Failures));
        Assert.Equal(backup.Tables.Count, result.Tables);
        Assert.Contains(result.Notes, n => n.Contains("public.countries"));
        AssertGone(result);
    }

    [Fact]
    public async Task A_backup_with_one_changed_row_fails_and_names_the_table()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await AlterAsync(lab, "country 13", "country 31");
        DrillResult result = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.False(result.Passed);
        Assert.Contains("public.countries has the right number of rows (20) but not the right content", Assert.Single(result.Failures));
        Assert.Null((await lab.Lab.ListAsync()).Single().VerifiedAt);
        AssertGone(result);
    }

    [Fact]
    public async Task A_changed_row_is_never_switched_in()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await AlterAsync(lab, "event 1234\n", "event 4321\n");
        string before = await lab.DescribeAsync("tenant_demo");
        OpsException error = await RecoveryLab.FailsAsync("RestoreMismatch",
            () => lab.Restores.RunAsync(new RestoreRequest { Backup = backup, Tenant = RecoveryLab.Demo }, default));
        Assert.Contains("tenant_demo.events_20", error.Message);
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Assertions_that_do_not_hold_fail_the_drill()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        OpsContext context = With(lab, new DrillSettings
        {
            MinTables = 1000,
            Queries = [new DrillQuery("false", "SELECT false"), new DrillQuery("zero", "SELECT 0"), new DrillQuery("null", "SELECT null"), new DrillQuery("none", "SELECT 1 WHERE false"), new DrillQuery("broken", "SELECT * FROM nowhere")],
        });
        DrillResult result = await new RecoveryDrill(context).RunAsync(backup, default);
        Assert.Equal(6, result.Failures.Count);
        Assert.Contains(result.Failures, f => f.Contains("'broken'") && f.Contains("42P01"));
        AssertGone(result);
    }

    [Fact]
    public async Task A_cancelled_drill_leaves_nothing_and_a_stale_one_is_cleared_away()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        string stale = Path.Combine(Path.GetTempPath(), "ops-drill-0000abcd");
        Directory.CreateDirectory(stale);
        await File.WriteAllTextAsync(stale + ".owner", "999999999 2020-01-01T00:00:00.0000000Z");
        using var stop = new CancellationTokenSource();
        string[] before = Folders().Where(f => f != stale).ToArray();
        Task<DrillResult> drill = new RecoveryDrill(lab.Context).RunAsync(backup, stop.Token);
        while (!Folders().Except(before).Any(f => f != stale && Directory.Exists(Path.Combine(f, "data"))) && !drill.IsCompleted) await Task.Delay(10);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drill);
        Assert.Equal(before, Folders());
        Assert.False(File.Exists(stale + ".owner"));
    }

    private static string[] Folders() => [.. Directory.GetDirectories(Path.GetTempPath(), "ops-drill-*").Order(StringComparer.Ordinal)];

    private static void AssertGone(DrillResult result)
    {
        string folder = result.Where[(result.Where.IndexOf('(') + 1)..^1];
        Assert.StartsWith(Path.GetTempPath(), folder);
        Assert.False(Directory.Exists(folder));
        Assert.DoesNotContain(Process.GetProcesses(), p => CommandLine(p.Id).Contains(folder));
    }

    private static string CommandLine(int id)
    {
        try { return File.ReadAllText($"/proc/{id}/cmdline"); }
        catch (IOException) { return ""; }
    }

    private static OpsContext With(RecoveryLab lab, DrillSettings drill) => lab.Context with { Environment = lab.Context.Environment with { Drill = drill } };

    /// <summary>A backup whose rows were changed and whose checksums were made right again: only the digests can tell.</summary>
    private static async Task<BackupRecord> AlterAsync(RecoveryLab lab, string from, string to)
    {
        BackupRecord backup = (await lab.Lab.BackUpAsync(new BackupRequest { Compression = Compression.None })).Single();
        byte[] bytes = await File.ReadAllBytesAsync(backup.Location);
        int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(from));
        Assert.True(at > 0);
        Encoding.UTF8.GetBytes(to).CopyTo(bytes, at);
        await File.WriteAllBytesAsync(backup.Location, bytes);
        BackupRecord altered = backup with { Sha256 = Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant() };
        await lab.Context.OpenStore(backup.Store).DeleteAsync(BackupKeys.Manifest(backup.Key), default);
        await lab.Lab.Catalog.WriteManifestAsync(altered, backup.Store, default);
        return altered;
    }
}
