using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

[Collection(PostgresTenants.Name)]
public sealed class RestoreUndoTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_was_replaced_is_put_back_and_an_undo_can_be_undone()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string backedUp = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("UPDATE tenant_demo.marker SET version = 2; COMMENT ON SCHEMA tenant_demo IS 'another one'; REVOKE USAGE ON SCHEMA tenant_demo FROM \"app reader\"");
        string changed = await lab.DescribeAsync("tenant_demo");
        RestoreRecord restore = await lab.RestoreAsync(backup);
        Assert.Equal(backedUp, await lab.DescribeAsync("tenant_demo"));

        var catalog = new RestoreCatalog(lab.Context);
        RestoreRecord listed = Assert.Single(await catalog.ListAsync(null, default));
        Assert.Equal((restore.Id, restore.ReplacedName, backup.Id, RestoreState.Replaced), (listed.Id, listed.ReplacedName, listed.BackupId, listed.State));
        Assert.True(listed.Size > 100_000);

        RestoreRecord undone = await RecoveryLab.UndoAsync(lab.Context, listed, TimeSpan.FromSeconds(20), default);
        Assert.Equal(changed, await lab.DescribeAsync("tenant_demo"));
        RestoreRecord kept = Assert.Single(await catalog.ListAsync(null, default));
        Assert.Equal(undone.ReplacedName, kept.ReplacedName);

        await RecoveryLab.UndoAsync(lab.Context, kept, TimeSpan.FromSeconds(20), default);
        Assert.Equal(backedUp, await lab.DescribeAsync("tenant_demo"));
        await RecoveryLab.RemoveAsync(lab.Context, Assert.Single(await catalog.ListAsync(null, default)), default);
        Assert.Empty(await catalog.ListAsync(null, default));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }
}
