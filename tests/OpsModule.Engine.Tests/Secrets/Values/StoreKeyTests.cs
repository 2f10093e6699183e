using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Values;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Values;

/// <summary>Keys of a real S3 server are proven by listing the bucket with them.</summary>
[Collection(SwiftCollection.Name)]
public sealed class StoreKeyTests(SwiftFixture swift)
{
    [Fact]
    public async Task Keys_are_proven_by_a_listing_and_refused_as_wrong()
    {
        using SecretLab lab = new("");
        StoreSettings store = await swift.NewBucketAsync();
        ValueSecretDriver Driver(StoreSettings settings) => new(lab.Context with
        {
            Environment = lab.Context.Environment with { Backups = new BackupSettings { Stores = new Dictionary<string, StoreSettings> { ["offsite"] = settings } } },
        }, new SecretEntry { Name = "s3", Kind = SecretKind.Value, Proof = new ValueProof { Kind = "s3", Store = "offsite" } });

        foreach (string right in (string[])[$"{SwiftFixture.AccessKey}:{SwiftFixture.SecretKey}", SwiftFixture.SecretKey])
        {
            SecretProof proof = await Driver(store).ProveAsync(new SecretMaterial(right), default);
            Assert.True(proof.IsProven, proof.Words);
            Assert.DoesNotContain(SwiftFixture.SecretKey, proof.Words);
        }
        foreach (string wrong in (string[])[$"{SwiftFixture.AccessKey}:wrong-key-5Tg", "test:nobody:wrong-key-5Tg"])
        {
            SecretProof proof = await Driver(store).ProveRefusedAsync(new SecretMaterial(wrong), default);
            Assert.True(proof.IsProven, proof.Words);
            Assert.DoesNotContain("wrong-key", proof.Words);
        }
        // Nobody there, or no such bucket: neither.
        foreach (StoreSettings other in (StoreSettings[])[store with { Endpoint = new Uri($"http://127.0.0.1:{FreePorts.Take()}") }, store with { Bucket = "nothing-here" }])
        {
            Assert.False((await Driver(other).ProveAsync(new SecretMaterial(SwiftFixture.SecretKey), default)).IsProven);
            Assert.False((await Driver(other).ProveRefusedAsync(new SecretMaterial(SwiftFixture.SecretKey), default)).IsProven);
        }
        Assert.Contains("provider", (await Driver(store).LookAsync(null, default)).DroppedByHand);
        Assert.Equal("SecretValueInvalid", (await Assert.ThrowsAsync<OpsException>(() => Driver(store with { AccessKey = null }).ProveAsync(new SecretMaterial("alone"), default))).ErrorId);
    }
}
