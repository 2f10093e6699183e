using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Rollouts;

/// <summary>What needs no engine: names of images, sealing, and the order that findings leave.</summary>
public sealed class RolloutUnitTests
{
    [Theory]
    [InlineData("api", "api", null, null, null)]
    [InlineData("shop/api:2.1", "shop/api", "2.1", null, null)]
    [InlineData("registry.example.net:5000/shop/api", "registry.example.net:5000/shop/api", null, null, "registry.example.net:5000")]
    [InlineData("localhost/api:1@sha256:ab", "localhost/api", "1", "sha256:ab", "localhost")]
    public void A_name_of_an_image_is_taken_apart(string text, string repository, string? tag, string? digest, string? registry)
    {
        ImageReference read = ImageReference.Parse(text);
        Assert.Equal((repository, tag, digest, registry), (read.Repository, read.Tag, read.Digest, read.Registry));
        Assert.Equal(text, read.ToString());
    }

    [Fact]
    public void What_is_sealed_opens_with_its_key_at_its_place_alone()
    {
        using TempFolder one = new(), other = new();
        RevisionKey key = RevisionKey.Of(one["state"]), foreign = RevisionKey.Of(other["state"]);
        byte[] made = key.Seal("content"u8.ToArray(), "shop/api/1");

        Assert.Equal("content"u8.ToArray(), RevisionKey.Of(one["state"]).Open(made, "shop/api/1"));
        Assert.Null(key.Open(made, "shop/api/2"));
        Assert.Null(foreign.Open(made, "shop/api/1"));
        made[^1] ^= 1;
        Assert.Null(key.Open(made, "shop/api/1"));
        Assert.Null(key.Open([1, 2], "shop/api/1"));
        Assert.NotEqual(key.Fingerprint("a"), foreign.Fingerprint("a"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(one["state/rollouts/key"]));
    }

    [Theory]
    [InlineData("linux/amd64", true)]
    [InlineData("linux/386", true)]
    [InlineData("linux/arm64", false)]
    public void An_image_for_another_machine_is_refused(string platform, bool fits)
    {
        var image = new ImageTarget("api:2", "sha256:1", null, null, null) { Platforms = [platform] };
        Assert.Equal(fits, !RolloutChecks.OfImage("api", image, new EngineFacts("linux", "amd64"), null).Any());
    }

    [Theory]
    [InlineData(RolloutStrategy.Auto, "NamedVolume", RolloutStrategy.StopFirst)]
    [InlineData(RolloutStrategy.StartFirst, "NamedVolume", RolloutStrategy.StartFirst)]
    [InlineData(RolloutStrategy.StartFirst, "HostPort", RolloutStrategy.StopFirst)]
    [InlineData(RolloutStrategy.BlueGreen, null, RolloutStrategy.BlueGreen)]
    [InlineData(RolloutStrategy.Auto, null, RolloutStrategy.StartFirst)]
    [InlineData(RolloutStrategy.StopFirst, null, RolloutStrategy.StopFirst)]
    public void What_cannot_be_at_once_stops_first_whatever_was_asked(RolloutStrategy asked, string? found, RolloutStrategy chosen)
    {
        RolloutFinding[] findings = found is null ? [] : [new RolloutFinding("api", found, RolloutEffect.StopFirst, "Because.")];
        (RolloutStrategy strategy, string? words) = RolloutChecks.Choose(new RolloutOptions { Strategy = asked }, findings);
        Assert.Equal(chosen, strategy);
        Assert.Equal(found is not null && chosen == RolloutStrategy.StopFirst, words is not null);
    }
}
