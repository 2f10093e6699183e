using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Backups;

/// <summary>Stores that do not stand in the environment file.</summary>
[Collection(PostgresCollection.Name)]
public sealed class UnnamedStoreTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_folder_is_a_store_that_records_find_again()
    {
        using var lab = new BackupLab(await postgres.CreateDatabaseAsync());
        await postgres.ExecuteAsync(lab.Database.Database, "CREATE TABLE t AS SELECT generate_series(1, 10) i");
        string usb = Directory.CreateDirectory(Path.Combine(lab.Folder, "usb [1]")).FullName;
        BackupRecord made = (await lab.BackUpAsync(new BackupRequest { Stores = [usb + "/"] })).Single();
        Assert.Equal(usb, made.Store);
        Assert.Empty(await lab.ListAsync());
        BackupRecord listed = Assert.Single(await lab.ListAsync(new BackupQuery { Stores = [usb] }));
        Assert.True((await new BackupTester(lab.Context).TestAsync(listed, BackupTestLevel.Structure, default)).Passed);
        Assert.True((await new RecoveryDrill(lab.Context).RunAsync(listed, default)).Passed);

        var runner = new ChangeRunner(lab.Context);
        await runner.RunAsync(await new BackupCopier(lab.Context).PlanAsync(listed, "local", default), default);
        Assert.Equal(made.Id, Assert.Single(await lab.ListAsync()).Id);
        string other = Directory.CreateDirectory(Path.Combine(lab.Folder, "other")).FullName;
        await runner.RunAsync(await new BackupCopier(lab.Context).PlanAsync(listed, other, default), default);
        Assert.Single(await lab.ListAsync(new BackupQuery { Stores = [other] }));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_not_made_and_no_rule_of_retention_is_for_a_place()
    {
        using var lab = new BackupLab(await postgres.CreateDatabaseAsync());
        string missing = Path.Combine(lab.Folder, "unmounted");
        Assert.Equal("StoreFolderMissing", Assert.Throws<OpsException>(() => lab.Catalog.CheckStores([missing])).ErrorId);
        Assert.Equal("StoreFolderMissing", (await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync(new BackupRequest { Stores = [missing] }))).ErrorId);
        Assert.False(Directory.Exists(missing));
        Assert.Equal("StoreUnknown", Assert.Throws<OpsException>(() => lab.Catalog.CheckStores(["nosuch"])).ErrorId);
        Assert.Equal("RetentionOfNoStore", (await Assert.ThrowsAsync<OpsException>(() => new RetentionService(lab.Context).ApplyAsync(lab.Folder, null, false,
            _ => Task.FromResult(true), default))).ErrorId);
    }

    [Fact]
    public void A_bucket_is_reached_as_the_environment_reaches_it()
    {
        var environment = new OpsEnvironment
        {
            Name = "lab", Directory = "/", StateDirectory = "/", Backups = new BackupSettings
            {
                Stores = new Dictionary<string, StoreSettings> { ["offsite"] = new() { Name = "offsite", Bucket = "own", Prefix = "x", Endpoint = new Uri("https://s3.example.net"), Region = "eu" } },
            },
        };
        StoreSettings own = UnnamedStore.SettingsOf(environment, "s3://own/a/b/"), others = UnnamedStore.SettingsOf(environment, "s3://others");
        Assert.Equal(("own", "a/b", "https://s3.example.net/", "eu"), (own.Bucket, own.Prefix, own.Endpoint!.ToString(), own.Region));
        Assert.Equal(("others", "", null, null), (others.Bucket, others.Prefix, others.Endpoint, others.Region));
        Assert.Equal("s3://own/a", UnnamedStore.Checked("s3://own/a/"));
        Assert.Equal("StoreInvalid", Assert.Throws<OpsException>(() => UnnamedStore.Checked("s3:///x")).ErrorId);
        Assert.False(UnnamedStore.IsLocation("offsite"));
    }
}
