using System.Security.Cryptography;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.S3;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Stores;

[Collection(SwiftCollection.Name)]
public sealed class S3FaultTests(SwiftFixture swift) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly FaultProxy _proxy = new(swift.Port);
    private StoreSettings _direct = null!;

    public async Task InitializeAsync() => _direct = await swift.NewBucketAsync();

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    [Theory]
    [InlineData(Fault.CloseRequest, "partNumber=2", 2)]
    [InlineData(Fault.SlowDown, "partNumber=", 3)]
    [InlineData(Fault.Stall, "partNumber=1", 1)]
    [InlineData(Fault.LoseAnswer, "partNumber=2", 1)]
    [InlineData(Fault.LoseAnswer, "POST /", 1)]
    public async Task An_upload_survives(Fault fault, string trigger, int times)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(20 * 1024 * 1024);
        S3Store store = ThroughProxy(retries: 6);
        await using (StoreUpload upload = await store.CreateAsync("object", None))
        {
            _proxy.Harm(fault, trigger, times);
            await upload.Stream.WriteAsync(bytes);
            await upload.CommitAsync(None);
        }

        Assert.Equal(times, _proxy.Done);
        Assert.Equal(bytes, await ReadAsync(new S3Store(_direct)));
    }

    [Fact]
    public async Task A_lost_answer_to_the_completion_is_no_failure()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(20 * 1024 * 1024);
        await using StoreUpload upload = await ThroughProxy(retries: 6).CreateAsync("object", None);
        await upload.Stream.WriteAsync(bytes);
        _proxy.Harm(Fault.LoseAnswer, "POST /", 1);
        await upload.CommitAsync(None);

        Assert.Equal(1, _proxy.Done);
        Assert.Equal(bytes, await ReadAsync(new S3Store(_direct)));
    }

    [Theory]
    [InlineData(Fault.CloseResponse)]
    [InlineData(Fault.Stall)]
    public async Task Reading_goes_on_where_it_broke(Fault fault)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(6 * 1024 * 1024);
        await using (StoreUpload upload = await new S3Store(_direct).CreateAsync("object", None))
        {
            await upload.Stream.WriteAsync(bytes);
            await upload.CommitAsync(None);
        }
        _proxy.Harm(fault, "GET /", 1);

        Assert.Equal(bytes, await ReadAsync(ThroughProxy(retries: 6)));
        Assert.Equal(1, _proxy.Done);
    }

    [Fact]
    public async Task An_object_replaced_while_it_is_read_is_told()
    {
        S3Store direct = new(_direct);
        await PutAsync(direct, new byte[6 * 1024 * 1024]);
        _proxy.Harm(Fault.CloseResponse, "GET /", 1);
        await using Stream stream = await ThroughProxy(retries: 2).OpenAsync("object", 0, None);
        await stream.ReadExactlyAsync(new byte[1000]);
        await direct.DeleteAsync(TestScope.Instance, "object", None);
        await PutAsync(direct, RandomNumberGenerator.GetBytes(6 * 1024 * 1024));

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => stream.CopyToAsync(Stream.Null));

        Assert.Equal("ObjectChanged", error.ErrorId);
    }

    [Fact]
    public async Task A_storm_that_does_not_end_fails_and_leaves_nothing()
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(async () =>
        {
            await using StoreUpload upload = await ThroughProxy(retries: 2).CreateAsync("object", None);
            _proxy.Harm(Fault.SlowDown, "partNumber=", 1000);
            await upload.Stream.WriteAsync(new byte[20 * 1024 * 1024]);
            await upload.CommitAsync(None);
        });

        Assert.Equal("StoreUnavailable", error.ErrorId);
        Assert.Null(await new S3Store(_direct).FindAsync("object", None));
        await foreach (StoreLeftover leftover in new S3Store(_direct).ListLeftoversAsync("", None)) Assert.Fail(leftover.ToString());
    }

    private static async Task PutAsync(S3Store store, byte[] bytes)
    {
        await using StoreUpload upload = await store.CreateAsync("object", None);
        await upload.Stream.WriteAsync(bytes);
        await upload.CommitAsync(None);
    }

    private static async Task<byte[]> ReadAsync(S3Store store)
    {
        await using Stream stream = await store.OpenAsync("object", 0, None);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    private S3Store ThroughProxy(int retries) => new(_direct with { Endpoint = new Uri($"http://127.0.0.1:{_proxy.Port}") },
        new S3Patience { Retries = retries, FirstPause = TimeSpan.FromMilliseconds(10), AttemptTimeout = TimeSpan.FromSeconds(3) });
}
