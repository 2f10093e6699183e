using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>The kinds of change that need folders only, killed everywhere; and whether the table has a row for each kind.</summary>
public sealed class FolderKindTests
{
    public static TheoryData<string> Kinds => [.. KilledKinds.OfFolders.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_kind_is_gone_on_with_and_taken_back_wherever_it_was_killed(string kind)
    {
        await using KilledLab lab = KilledKinds.OfFolders[kind]();
        await KilledKinds.ProveAsync(lab);
    }

    [Fact]
    public void Each_registered_kind_has_a_row_and_each_row_a_kind() =>
        Assert.Equal(ChangeKind.Registered.Select(k => k.Name).Order(StringComparer.Ordinal), KilledKinds.All.Order(StringComparer.Ordinal));
}
