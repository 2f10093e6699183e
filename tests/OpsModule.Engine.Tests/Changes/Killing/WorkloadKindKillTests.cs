namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>The kinds of change that are made to workloads of a cluster, killed everywhere.</summary>
public sealed class WorkloadKindKillTests
{
    public static TheoryData<string> Kinds => [.. KilledKinds.OfClusters.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_kind_is_gone_on_with_and_taken_back_wherever_it_was_killed(string kind)
    {
        await using KilledLab lab = KilledKinds.OfClusters[kind]();
        await KilledKinds.ProveAsync(lab);
    }
}
