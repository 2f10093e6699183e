using System.Security.Cryptography;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.S3;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Stores;

/// <summary>Memory is counted for the whole process, so nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class S3MemoryCollection : ICollectionFixture<SwiftFixture>
{
    public const string Name = "S3 memory";
}

[Collection(S3MemoryCollection.Name)]
public sealed class S3MemoryTests(SwiftFixture swift)
{
    [Fact]
    public async Task Three_hundred_megabytes_stream_with_flat_memory()
    {
        var store = new S3Store(await swift.NewBucketAsync(), new S3Patience());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
        await using (StoreUpload upload = await store.CreateAsync("big", default))
        {
            byte[] block = new byte[1024 * 1024];
            for (int i = 0; i < 300; i++)
            {
                Random.Shared.NextBytes(block);
                hash.AppendData(block);
                await upload.Stream.WriteAsync(block);
                if (i % 30 == 29) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
            await upload.CommitAsync(default);
        }

        await using Stream stream = await store.OpenAsync("big", 0, default);
        Assert.Equal(hash.GetHashAndReset(), await SHA256.HashDataAsync(stream));
        Assert.InRange(most, 0, 150L * 1024 * 1024);
    }
}
