using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Areas.Recovery.Replication;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Databases that hold of everything something are what they were after a restore, by an inventory that the module has no part in.</summary>
[Collection(PostgresTenants.Name)]
public sealed class TortureTests(PostgresFixture postgres)
{
    private const string Damage = "DELETE FROM tenant_a.numbers; DROP TABLE tenant_a.kinds CASCADE; ALTER TABLE tenant_a.guarded DISABLE ROW LEVEL SECURITY; GRANT ALL ON ALL TABLES IN SCHEMA tenant_a TO PUBLIC; UPDATE public.countries SET name = 'lost'; SELECT lo_unlink(870001);";

    [Fact]
    public async Task A_whole_database_comes_back_as_it_was()
    {
        using BackupLab lab = await CreateAsync("torture/whole.sql", "torture/tenant.sql");
        string[] before = await Inventory.ReadAsync(lab.Database, null);
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        await Inventory.PsqlAsync(lab.Database, ["-c", Damage]);
        RestoreRecord record = await RestoreAsync(lab, backup);
        Inventory.AssertSame(before, await Inventory.ReadAsync(lab.Database, null));
        AssertNothingDiffers(record, backup, lab);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tenant_comes_back_as_it_was_and_nothing_else_changes(bool fromWhole)
    {
        using BackupLab lab = await CreateAsync("torture/whole.sql", "torture/tenant.sql");
        string[] before = await Inventory.ReadAsync(lab.Database, "tenant_a"), others = await Inventory.ReadAsync(lab.Database, "public");
        BackupRecord backup = (await lab.BackUpAsync(new BackupRequest { Tenants = fromWhole ? [] : ["a"] })).Single();
        await Inventory.PsqlAsync(lab.Database, ["-c", Damage.Replace("UPDATE public.countries SET name = 'lost'; ", "")]);
        RestoreRecord record = await RestoreAsync(lab, backup, "a");
        Inventory.AssertSame(before, await Inventory.ReadAsync(lab.Database, "tenant_a"));
        Inventory.AssertSame(others, await Inventory.ReadAsync(lab.Database, "public"));
        AssertNothingDiffers(record, backup, lab);
    }

    [Fact]
    public async Task A_drill_proves_the_same()
    {
        using BackupLab lab = await CreateAsync("torture/whole.sql", "torture/tenant.sql");
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync((await lab.BackUpAsync()).Single(), default);
        Assert.True(drill.Passed, string.Join("\n", drill.Failures));
        Assert.True(drill.Objects > 200, $"{drill.Objects} objects");
        // What only a superuser may make is left out and said, once as not proven and once as missing, and so are tablespaces. Nothing that is there differs.
        string[] others = [.. drill.Notes.Where(n => !n.StartsWith("Not proven, ", StringComparison.Ordinal) && !n.Contains("tablespace", StringComparison.OrdinalIgnoreCase)
            && !n.EndsWith(" was there and is not.", StringComparison.Ordinal) && !n.EndsWith(", is nothing.", StringComparison.Ordinal))];
        Assert.True(others.Length == 0, string.Join('\n', others));
    }

    private static readonly List<string> HardNames = [.. Directory.GetFiles(Path.Combine(Inventory.Data, "torture", "hard"), "*.sql").Select(f => Path.GetFileNameWithoutExtension(f)!).Order()];

    public static TheoryData<string> HardCases => new(HardNames);

    [Theory]
    [MemberData(nameof(HardCases))]
    public async Task A_hard_case_comes_back_whole(string name)
    {
        using BackupLab lab = await CreateHardAsync(name);
        string[] before = await Inventory.ReadAsync(lab.Database, null);
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        await Inventory.PsqlAsync(lab.Database, ["-c", "DROP SCHEMA tenant_h CASCADE"]);
        RestoreRecord record = await RestoreAsync(lab, backup);
        Inventory.AssertSame(before, await Inventory.ReadAsync(lab.Database, null));
        Assert.Empty(record.Differences);
    }

    [Theory]
    [MemberData(nameof(HardCases))]
    public async Task A_hard_case_comes_back_as_a_tenant(string name)
    {
        using BackupLab lab = await CreateHardAsync(name);
        string[] before = await Inventory.ReadAsync(lab.Database, "tenant_h");
        BackupRecord backup = (await lab.BackUpAsync(new BackupRequest { Tenants = ["h"] })).Single();
        RestoreRecord record = await RestoreAsync(lab, backup);
        Inventory.AssertSame(before, await Inventory.ReadAsync(lab.Database, "tenant_h"));
        Assert.Empty(record.Differences);
        if (!Proof.Whole) return; // a tenant that is gone comes back in A_hard_case_comes_back_whole, too
        await Inventory.PsqlAsync(lab.Database, ["-c", "DROP SCHEMA tenant_h CASCADE"]);
        record = await RestoreAsync(lab, backup);
        Inventory.AssertSame(before, await Inventory.ReadAsync(lab.Database, "tenant_h"));
        Assert.Empty(record.Differences);
    }

    [Theory]
    [MemberData(nameof(HardCases))]
    public async Task A_hard_case_passes_its_drill(string name)
    {
        using BackupLab lab = await CreateHardAsync(name);
        // Every case once, every second one as a tenant; all as both where the whole is proved.
        string?[] kinds = Proof.Whole ? [null, "h"] : [HardNames.IndexOf(name) % 2 == 0 ? null : "h"];
        foreach (string? tenant in kinds)
        {
            DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync((await lab.BackUpAsync(new BackupRequest { Tenants = tenant is null ? [] : [tenant] })).Single(), default);
            Assert.True(drill.Passed, string.Join("\n", drill.Failures));
        }
    }

    private Task<BackupLab> CreateHardAsync(string name) => CreateAsync("torture/hard.sql", $"torture/hard/{name}.sql");

    private async Task<BackupLab> CreateAsync(params string[] scripts)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await Inventory.RunAsync(database, scripts);
        return new BackupLab(database);
    }

    private static Task<RestoreRecord> RestoreAsync(BackupLab lab, BackupRecord backup, string? tenant = null) =>
        RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, Tenant = tenant }, default);

    private static void AssertNothingDiffers(RestoreRecord record, BackupRecord backup, BackupLab lab)
    {
        Assert.Empty(record.Differences.Select(d => d.ToString()));
        Assert.True(record.Objects > 150, $"{record.Objects} objects of {backup.Id}");
        Assert.DoesNotContain(lab.Reporter.Warnings, w => !w.Contains("Publications") && !w.StartsWith("Subscriptions of the database that is replaced are disabled", StringComparison.Ordinal));
    }
}
