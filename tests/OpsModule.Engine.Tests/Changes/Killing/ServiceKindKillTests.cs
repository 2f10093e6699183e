using OpsModule.Engine.Areas.Rollouts.Building;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>The kinds of change that are made to services, killed everywhere.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceKindKillTests
{
    /// <summary>Updates and builds take minutes, each of them: they are killed in 'prove foundations'.</summary>
    public static TheoryData<string, int, int> Kinds => KilledKinds.Rows(KilledKinds.OfServices.Keys, UpdateService.KindName, BuildImage.KindName);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_kind_is_gone_on_with_and_taken_back_wherever_it_was_killed(string kind, int share, int of)
    {
        await using KilledLab lab = KilledKinds.OfServices[kind]();
        await KilledKinds.ProveAsync(lab, share, of);
    }
}
