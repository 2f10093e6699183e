using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>Suspending and lifting, killed at every line of the journal, then gone on with, or taken back.</summary>
[Collection(PostgresTenants.Name)]
public sealed class KilledTenantTests(PostgresFixture postgres)
{
    public static TheoryData<string> Kinds => [.. KilledKinds.OfTenants.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_kind_is_gone_on_with_and_taken_back_wherever_it_was_killed(string kind)
    {
        await using KilledLab lab = KilledKinds.OfTenants[kind](postgres);
        await KilledKinds.ProveAsync(lab);
    }
}
