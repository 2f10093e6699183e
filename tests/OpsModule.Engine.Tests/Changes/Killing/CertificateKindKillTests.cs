using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>The kinds of change that are made to certificates, killed everywhere: with a real authority, certbot and nginx.</summary>
[Collection(AcmeCollection.Name)]
public sealed class CertificateKindKillTests(AcmeFixture acme)
{
    public static TheoryData<string> Kinds => [.. KilledKinds.OfCertificates.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_kind_is_gone_on_with_and_taken_back_wherever_it_was_killed(string kind)
    {
        await using KilledLab lab = KilledKinds.OfCertificates[kind](acme);
        await KilledKinds.ProveAsync(lab);
    }
}
