using System.Security.Cryptography;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.S3;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Stores;

[Collection(SwiftCollection.Name)]
public sealed class S3StoreTests(SwiftFixture swift) : StoreContract, IAsyncLifetime
{
    private static readonly S3Patience Hasty = new() { Retries = 2, FirstPause = TimeSpan.FromMilliseconds(10), AttemptTimeout = TimeSpan.FromSeconds(20) };
    private StoreSettings _settings = null!;

    protected override IBackupStore Store => new S3Store(_settings, Hasty);

    public async Task InitializeAsync() => _settings = await swift.NewBucketAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_multipart_upload_that_was_not_ended_is_a_leftover()
    {
        StoreUpload upload = await Store.CreateAsync("big", None);
        await upload.Stream.WriteAsync(RandomNumberGenerator.GetBytes(17 * 1024 * 1024));

        StoreLeftover leftover = Assert.Single(await LeftoversAsync());
        Assert.Equal("big", leftover.Key);
        await Store.RemoveLeftoverAsync(TestScope.Instance, leftover, None);

        Assert.Empty(await LeftoversAsync());
        await upload.DisposeAsync();
    }

    [Fact]
    public async Task Wrong_credentials_are_told_without_showing_them()
    {
        const string wrong = "wrong-secret-3Zp";
        var store = new S3Store(_settings with { SecretKey = new SecretReference(wrong, "/") }, Hasty);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => store.CreateAsync("object", None));

        Assert.Equal("StoreAccessDenied", error.ErrorId);
        Assert.DoesNotContain(wrong, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_told()
    {
        var store = new S3Store(_settings with { Bucket = "no-such-bucket" }, Hasty);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => store.CreateAsync("object", None));

        Assert.Equal("StoreBucketMissing", error.ErrorId);
    }

    [Fact]
    public async Task An_upload_that_someone_removed_meanwhile_is_told()
    {
        await using StoreUpload upload = await Store.CreateAsync("big", None);
        await upload.Stream.WriteAsync(new byte[17 * 1024 * 1024]);
        await Store.RemoveLeftoverAsync(TestScope.Instance, Assert.Single(await LeftoversAsync()), None);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => upload.CommitAsync(None));

        Assert.Equal("StoreUnavailable", error.ErrorId);
        Assert.Null(await Store.FindAsync("big", None));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told()
    {
        var store = new S3Store(SwiftFixture.Settings("any", FreePorts.Take()), Hasty);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => store.CreateAsync("object", None));
        Assert.Equal("StoreUnavailable", error.ErrorId);
    }

    [Fact]
    public void Ten_thousand_parts_hold_two_terabytes() =>
        Assert.True(Enumerable.Range(1, 10_000).Sum(n => (long)S3Parts.SizeOf(n)) > 2_000_000_000_000);
}
