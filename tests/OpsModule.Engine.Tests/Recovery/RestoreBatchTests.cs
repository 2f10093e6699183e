using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>What one call may put in place of live data; no server is needed to know that.</summary>
public sealed class RestoreBatchTests
{
    private readonly List<OpsException> _refused = [];

    [Fact]
    public void A_whole_database_and_a_tenant_of_it_are_refused_together_and_other_databases_go_on()
    {
        var batch = RestoreBatch.Of(Environment, [Of("a", "main"), Of("b", "main", "demo"), Of("c", "main", "acme"), Of("d", "crm")], _refused.Add);
        Assert.Equal("d", Assert.Single(Assert.Single(batch)).Backup.Id);
        OpsException error = Assert.Single(_refused);
        Assert.Equal("BackupAmbiguous", error.ErrorId);
        Assert.Contains("database main (a)", error.Message);
        Assert.Contains("demo, acme", error.Message);
        Assert.Contains("-Full", error.RecommendedAction);
        Assert.Contains("-Tenant", error.RecommendedAction);
    }

    [Theory]
    [InlineData("MAIN")] // names are found whatever their case
    [InlineData("alias")] // another entry for the same database
    public void The_same_database_under_another_name_is_the_same_database(string other)
    {
        Assert.Empty(RestoreBatch.Of(Environment, [Of("a", "main"), Of("b", other, "demo")], _refused.Add));
        Assert.Single(_refused);
        Assert.Empty(RestoreBatch.Of(Environment, [Of("a", "main"), Of("b", other)], _refused.Add));
        Assert.Equal(["BackupAmbiguous", "BackupAmbiguous"], _refused.Select(e => e.ErrorId));
    }

    [Fact]
    public void One_backup_of_several_stores_is_one_restore_and_tenants_stand_beside_each_other()
    {
        var batch = RestoreBatch.Of(Environment, [Of("a", "main", "demo"), Of("a", "main", "demo") with { }, Of("b", "main", "acme")], _refused.Add);
        Assert.Empty(_refused);
        Assert.Equal([2, 1], batch.Select(b => b.Count));
    }

    [Fact]
    public void Beside_the_live_database_nothing_is_replaced()
    {
        var batch = RestoreBatch.Of(Environment, [Of("a", "main") with { As = "other" }], _refused.Add);
        Assert.Single(batch);
        Assert.Empty(RestoreBatch.Of(Environment, [Of("a", "main") with { As = "other" }, Of("b", "crm") with { As = "other" }], _refused.Add));
        Assert.Contains("database other", Assert.Single(_refused).Message);
    }

    [Fact]
    public void Undoing_several_restores_of_the_same_is_refused_and_a_repeat_is_once()
    {
        Assert.Equal(["r1", "r4"], RestoreBatch.OfUndo(Environment, [Undo("r1", "demo"), Undo("r1", "demo"), Undo("r4", "acme")], _refused.Add).Select(r => r.Id));
        Assert.Empty(_refused);
        Assert.Equal(["r4"], RestoreBatch.OfUndo(Environment, [Undo("r2", "demo"), Undo("r1", "demo"), Undo("r4", "acme")], _refused.Add).Select(r => r.Id));
        Assert.Empty(RestoreBatch.OfUndo(Environment, [Undo("r3", null), Undo("r1", "demo")], _refused.Add));
        Assert.Equal(["RestoreAmbiguous", "RestoreAmbiguous"], _refused.Select(e => e.ErrorId));
    }

    private static OpsEnvironment Environment => new()
    {
        Name = "shop",
        Directory = "/",
        StateDirectory = "/nowhere",
        Databases = new Dictionary<string, DatabaseSettings>(StringComparer.OrdinalIgnoreCase)
        {
            ["main"] = new() { Name = "main", Host = "127.0.0.1", Port = 1, Database = "shop", User = "u", TenantSchema = "t_{tenant}" },
            ["alias"] = new() { Name = "alias", Host = "localhost", Port = 1, Database = "shop", User = "v", TenantSchema = "t_{tenant}" },
            ["crm"] = new() { Name = "crm", Host = "127.0.0.1", Port = 1, Database = "crm", User = "u" },
        },
    };

    private static RestoreRequest Of(string id, string name, string? tenant = null) =>
        new() { Backup = new BackupRecord { Id = id, Environment = "shop", Name = name, Tenant = tenant, Key = "k", Sha256 = "", Store = "local" } };

    private static RestoreRecord Undo(string id, string? tenant) =>
        new() { Id = id, Name = "main", Tenant = tenant, Kind = tenant is null ? RestoreKind.Database : RestoreKind.Schema, ReplacedName = "ops_replaced_" + id, State = RestoreState.Replaced };
}
