using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

[Collection(PostgresRestores.Name)]
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
        Assert.Equal(["server-started", "database-created", "structure", "data-loaded", "verified", "compared", "assertions"], result.Steps.Select(s => s.Name));
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
        Assert.Contains(result.Notes, n => n.Contains("'whole' was not asked: it has no {schema} in it"));
        DrillResult full = await new RecoveryDrill(context).RunAsync(await lab.BackUpAsync(null), default);
        Assert.Equal(["'whole' does not hold: the query returned false."], full.Failures);
        Assert.Contains(full.Notes, n => n.Contains("'own' was not asked: it has {schema} in it"));
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
            () => RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, Tenant = RecoveryLab.Demo }, default));
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
        string stale = Path.Combine(lab.Context.Environment.StateDirectory, "drills", "ops-drill-0000abcd");
        Directory.CreateDirectory(stale);
        await File.WriteAllTextAsync(stale + ".owner", "999999999 1 2");
        using var stop = new CancellationTokenSource();
        string[] before = Folders(lab);
        Task<DrillResult> drill = new RecoveryDrill(lab.Context).RunAsync(backup, stop.Token);
        string? ours = null;
        while ((ours = Folders(lab).Except(before).FirstOrDefault()) is null && !drill.IsCompleted) await Task.Delay(10);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drill);
        Assert.False(Directory.Exists(ours) || File.Exists(ours + ".owner"));
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(stale)!));
        Assert.False(Directory.Exists(stale) || File.Exists(stale + ".owner"));
    }

    [Fact]
    public async Task A_drill_that_fails_takes_back_the_mark_of_one_that_passed()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        Assert.True((await new RecoveryDrill(lab.Context).RunAsync(backup, default)).Passed);
        Assert.NotNull((await lab.Lab.ListAsync()).Single().VerifiedAt);
        Assert.False((await new RecoveryDrill(With(lab, new DrillSettings { Queries = [new DrillQuery("no", "SELECT false")] })).RunAsync(backup, default)).Passed);
        Assert.Null((await lab.Lab.ListAsync()).Single().VerifiedAt);
    }

    [Fact]
    public async Task Server_programs_of_an_older_version_do_not_serve_wherever_they_lie()
    {
        using var folder = new TempFolder();
        foreach ((string bin, int major) in new[] { ("a", 9), ("b", 17), ("c", 16) })
        {
            Directory.CreateDirectory(folder[bin]);
            await File.WriteAllTextAsync(Path.Combine(folder[bin], "initdb"), "");
            await File.WriteAllTextAsync(Path.Combine(folder[bin], "postgres"), $"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.2 (Debian 1.15)'\n");
            File.SetUnixFileMode(Path.Combine(folder[bin], "postgres"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        string[] path = [folder["a"], folder["none"], folder["b"], folder["c"]];
        Assert.Equal(folder["c"], await ServerPrograms.FindAsync(15, [], path, default));
        Assert.Equal(folder["b"], await ServerPrograms.FindAsync(17, [], path, default));
        Assert.Null(await ServerPrograms.FindAsync(18, [], path, default));
        Assert.Equal(folder["a"], await ServerPrograms.FindAsync(15, [(14, Path.Combine(folder["b"], "postgres")), (15, Path.Combine(folder["a"], "postgres"))], path, default));
    }

    private static string[] Folders(RecoveryLab lab) => Directory.Exists(Path.Combine(lab.Context.Environment.StateDirectory, "drills"))
        ? [.. Directory.GetDirectories(Path.Combine(lab.Context.Environment.StateDirectory, "drills")).Where(f => Directory.Exists(Path.Combine(f, "w", "data")))]
        : [];

    private static void AssertGone(DrillResult result)
    {
        string folder = result.Where[(result.Where.IndexOf('(') + 1)..^1];
        Assert.Contains("/.ops/drills/ops-drill-", folder);
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
        await lab.Context.OpenStore(backup.Store).DeleteAsync(TestScope.Instance, BackupKeys.Manifest(backup.Key), default);
        await lab.Lab.Catalog.WriteManifestAsync(TestScope.Instance, altered, backup.Store, default);
        return altered;
    }
}
