using Xunit.Abstractions;

[assembly: TestCollectionOrderer("OpsModule.Engine.Tests.Fixtures.LongestFirst", "OpsModule.Engine.Tests")]

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>
/// The collections whose tests follow one another for minutes begin first: the last of them to begin would run alone at the end.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_long = [DockerCollection.Name, PostgresRestores.Name, PostgresCollection.Name, PostgresTenants.Name];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => (uint)Array.IndexOf(s_long, c.DisplayName));
}
