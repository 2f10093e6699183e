using OpsModule.Engine.Environments;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Signals;

/// <summary>Something that is run, and of which people want to know how it ended.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Target">What it is done to, the same at every run: a run that goes well ends the alert of one that did not.</param>
public sealed record ObservedJob(AlertKind Kind, string Target)
{
    /// <summary>True for what only begins others, such as listing all tenants: that it went well is no news, and ends what was told of it before.</summary>
    public bool OnlyResolves { get; init; }

    /// <summary>What metrics call it, where that is not its target: what comes and goes must not leave a series for each. Empty for none.</summary>
    public string? Series { get; init; }

    /// <summary>In words: <c>Backup of database main</c>.</summary>
    public string Title => $"{Kind} of {Target}";

    /// <summary>The jobs that one call is to begin: one for each database, or for each tenant named; all tenants (<c>*</c>) are one.</summary>
    /// <param name="kind">What they are.</param>
    /// <param name="databases">The databases.</param>
    /// <param name="tenants">The tenants as they were asked for; none for whole databases.</param>
    public static IReadOnlyList<ObservedJob> Each(AlertKind kind, IEnumerable<string> databases, IReadOnlyList<string> tenants) =>
        [.. databases.SelectMany(database => tenants.Count == 0 ? [new ObservedJob(kind, Of(database, null))]
            : tenants.Select(tenant => new ObservedJob(kind, Of(database, tenant)) { OnlyResolves = NamePattern.HasWildcard(tenant) }))];

    /// <summary>What it is of, in words.</summary>
    public static string Of(string database, string? tenant) => $"database {database}" + (tenant is null ? "" : $", tenant {tenant}");
}
