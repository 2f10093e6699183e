using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.S3;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Backups;

/// <summary>Backups of a real database to a real S3 server, from the dump to the test of what is stored.</summary>
[Collection(SwiftCollection.Name)]
public sealed class S3BackupTests(SwiftFixture swift, PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    // Not compressed: so that a small database takes several parts.
    private static readonly BackupRequest Plain = new() { Compression = Compression.None };
    private readonly FaultProxy _proxy = new(swift.Port);
    private StoreSettings _direct = null!;

    public async Task InitializeAsync() => _direct = await swift.NewBucketAsync();

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    [Fact]
    public async Task One_dump_goes_to_a_folder_and_to_S3_and_is_the_same_in_both()
    {
        using BackupLab lab = await LabAsync("local", "offsite");
        IReadOnlyList<BackupRecord> made = await lab.BackUpAsync(Plain);

        Assert.Equal(["local", "offsite"], made.Select(r => r.Store).Order());
        Assert.Single(made.Select(r => r.Sha256).Distinct());
        BackupRecord remote = Assert.Single(await lab.ListAsync(new BackupQuery { Stores = ["offsite"] }));
        Assert.StartsWith($"s3://{_direct.Bucket}/prod/", remote.Location, StringComparison.Ordinal);
        Assert.InRange(remote.StoredBytes, 17 * 1024 * 1024, long.MaxValue);
        BackupTestResult result = await new BackupTester(lab.Context).TestAsync(remote, BackupTestLevel.Structure, default);
        Assert.True(result.Passed, result.Message);
        await AssertNoLeftoversAsync();
    }

    [Fact]
    public async Task When_S3_fails_in_mid_backup_the_folder_still_has_it_and_S3_has_nothing()
    {
        using BackupLab lab = await LabAsync("local", "offsite");
        _proxy.Harm(Fault.SlowDown, "partNumber=2", 1000);
        BackupRecord made = Assert.Single(await lab.BackUpAsync(Plain));

        Assert.Equal("local", made.Store);
        Assert.Equal("StoreUnavailable", Assert.Single(lab.Failures).ErrorId);
        Assert.Equal("local", Assert.Single(await lab.ListAsync()).Store);
        Assert.Empty(await KeysAsync());
        await AssertNoLeftoversAsync();
    }

    [Fact]
    public async Task When_S3_alone_fails_and_cannot_even_clean_up_nothing_is_listed_and_the_leftover_can_be_removed()
    {
        using BackupLab lab = await LabAsync("offsite");
        _proxy.Harm(Fault.SlowDown, "uploadId=", 1000);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync(Plain));
        Assert.Equal("StoreUnavailable", error.ErrorId);

        _proxy.Harm(Fault.SlowDown, "", 0);
        Assert.Empty(await lab.ListAsync());
        Assert.Empty(await KeysAsync());
        var direct = new S3Store(_direct);
        int leftovers = 0;
        await foreach (StoreLeftover leftover in direct.ListLeftoversAsync("", default))
        {
            leftovers++;
            await direct.RemoveLeftoverAsync(TestScope.Instance, leftover, default);
        }
        Assert.Equal(1, leftovers);
        await AssertNoLeftoversAsync();
    }

    /// <summary>A prefix of a bucket that the environment names, which no store of it has.</summary>
    [Fact]
    public async Task A_bucket_without_a_name_is_a_store_that_records_find_again()
    {
        using BackupLab lab = await LabAsync("local", "offsite");
        string location = $"s3://{_direct.Bucket}/by hand";
        BackupRecord made = Assert.Single(await lab.BackUpAsync(Plain with { Stores = [location] }));
        Assert.Equal(location, made.Store);
        Assert.All(await KeysAsync(), key => Assert.StartsWith("by hand/", key, StringComparison.Ordinal));
        Assert.DoesNotContain(await lab.ListAsync(new BackupQuery { Stores = ["local"] }), b => b.Id == made.Id);
        BackupRecord listed = Assert.Single(await lab.ListAsync(new BackupQuery { Stores = [location] }));
        Assert.True((await new BackupTester(lab.Context).TestAsync(listed, BackupTestLevel.Structure, default)).Passed);
        await new ChangeRunner(lab.Context).RunAsync(await new BackupCopier(lab.Context).PlanAsync(listed, "local", default), default);
        Assert.Contains(await lab.ListAsync(new BackupQuery { Stores = ["local"] }), b => b.Id == made.Id);
        await AssertNoLeftoversAsync();
    }

    private async Task<BackupLab> LabAsync(params string[] stores)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, "CREATE TABLE notes AS SELECT i, repeat(md5(i::text), 8) AS note FROM generate_series(1, 80000) i");
        var lab = new BackupLab(database, "local");
        StoreSettings remote = _direct with { Endpoint = new Uri($"http://127.0.0.1:{_proxy.Port}") };
        OpsEnvironment sample = lab.Context.Environment;
        var known = new Dictionary<string, StoreSettings>(sample.Backups.Stores) { ["offsite"] = remote };
        OpsEnvironment environment = sample with
        {
            Backups = sample.Backups with { Stores = stores.ToDictionary(s => s, s => known[s]) },
        };
        var hasty = new S3Patience { Retries = 2, FirstPause = TimeSpan.FromMilliseconds(10), AttemptTimeout = TimeSpan.FromSeconds(20) };
        lab.Context = OpsContextFactory.Create(environment, lab.Reporter) with
        {
            OpenStore = name => name == "offsite" ? new S3Store(remote, hasty) : StoreFactory.Open(environment, name),
        };
        return lab;
    }

    private async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (StoredObject found in new S3Store(_direct).ListAsync("", default)) keys.Add(found.Key);
        return keys;
    }

    private async Task AssertNoLeftoversAsync()
    {
        await foreach (StoreLeftover leftover in new S3Store(_direct).ListLeftoversAsync("", default)) Assert.Fail(leftover.ToString());
    }
}
