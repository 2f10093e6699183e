using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Forty tenants, partitioned, with a type they share: whole and one at a time.</summary>
[Collection(PostgresTenants.Name)]
public sealed class ManyTenantsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task All_of_them_come_back_with_the_database_and_each_by_itself()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("{tenant}");
        await Inventory.RunAsync(database, "torture/tenants.sql");
        using var lab = new BackupLab(database);
        string[] before = await Inventory.ReadAsync(database, null);
        BackupRecord whole = (await lab.BackUpAsync()).Single(), one = (await lab.BackUpAsync(new BackupRequest { Tenants = ["t07"] })).Single();
        Assert.InRange(ManifestFile.Write(whole).Length, 1000, 200_000);

        await Inventory.PsqlAsync(database, ["-c", "DROP SCHEMA t07 CASCADE; UPDATE t23.entry SET amount = 0; ALTER TABLE t23.account DISABLE ROW LEVEL SECURITY"]);
        foreach ((BackupRecord backup, string tenant) in new[] { (one, "t07"), (whole, "t23") })
        {
            RestoreRecord restored = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, Tenant = tenant }, default);
            Assert.Empty(restored.Differences.Select(d => d.ToString()));
            Assert.InRange(restored.Objects ?? 0, 15, 200);
        }
        Inventory.AssertSame(before, await Inventory.ReadAsync(database, null));

        await Inventory.PsqlAsync(database, ["-c", "TRUNCATE t01.entry, t40.entry; DROP FUNCTION t11.total()"]);
        RestoreRecord all = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = whole }, default);
        Assert.Empty(all.Differences.Select(d => d.ToString()));
        Inventory.AssertSame(before, await Inventory.ReadAsync(database, null));
        Assert.Empty(lab.Reporter.Warnings);
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(whole, default);
        Assert.True(drill.Passed, string.Join("\n", drill.Failures));
        Assert.Empty(drill.Notes);
    }
}
