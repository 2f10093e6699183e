using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Faults;

/// <summary>The kinds of change of secrets, killed everywhere.</summary>
[Collection(DockerCollection.Name)]
public sealed class KilledRotationTests
{
    /// <summary>A rotation with its service takes many minutes: it is killed in 'prove secrets'.</summary>
    public static TheoryData<string, int, int> Kinds => KilledKinds.Rows(KilledKinds.OfSecrets.Keys, RotateSecrets.KindName);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_kind_is_gone_on_with_and_taken_back_wherever_it_was_killed(string kind, int share, int of)
    {
        await using KilledLab lab = KilledKinds.OfSecrets[kind]();
        await KilledKinds.ProveAsync(lab, share, of);
    }
}
