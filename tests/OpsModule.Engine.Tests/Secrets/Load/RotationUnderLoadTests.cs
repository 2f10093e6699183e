using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets.Postgres;
using Xunit.Abstractions;

namespace OpsModule.Engine.Tests.Secrets.Load;

/// <summary>Whole rotations of each kind, one after another, while clients log in anew all the time.</summary>
[Collection(LoginServer.Name)]
public sealed class RotationUnderLoadTests(LoginServerFixture server, RedisFixture redis, ITestOutputHelper output)
    : IClassFixture<RedisFixture>
{
    private const int Clients = 4;

    public static TheoryData<string> Kinds => [.. LoadedSecrets.All];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Nobody_is_refused_but_where_the_plan_names_a_gap_and_then_only_in_it(string kind)
    {
        await using LoadedSecret secret = await new LoadedSecrets(server.Postgres, redis).OpenAsync(kind);
        var load = new ClientLoad(Clients, secret.Read, secret.LogIn, readsAlways: kind == "random");
        int rounds = Proof.Cases(50, 2), refused = 0;
        var values = new HashSet<string> { secret.Read().Value };
        double longest = 0;
        for (int round = 0; round < rounds; round++)
        {
            int before = load.Refused.Count;
            int replaced = before;
            RotationResult result = await secret.RotateAsync(async () =>
            {
                // Where there is a gap it is seen, or the load would prove nothing of the overlap of others.
                while (!secret.Overlaps && load.Refused.Count == before) await load.GoOnAsync();
                await load.ReplaceAsync();
                replaced = load.Refused.Count;
            });
            await load.GoOnAsync();
            Assert.Equal(secret.Ends, result.Outcome);
            Assert.True(secret.Ends == RotationOutcome.Done || result.Words!.Length > 0);
            Assert.True(values.Add(secret.Read().Value), "The value is one that there was before.");
            Assert.Equal(replaced, load.Refused.Count);
            Assert.Equal(secret.Overlaps, replaced == before);
            (longest, refused) = (Math.Max(longest, load.GapSince(before)), replaced);
        }
        await load.StopAsync();
        Assert.True(load.Logins > rounds * Clients);
        Assert.All(load.Refused, words => Assert.Contains(words, new[] { "28P01", "WRONGPASS", "401" }));
        output.WriteLine(FormattableString.Invariant(
            $"{kind}: {rounds} rotations, {load.Logins} logins, {refused} refused, the longest gap {longest:0.000} s"));
    }
}
