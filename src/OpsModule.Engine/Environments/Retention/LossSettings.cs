using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Environments.Retention;

/// <summary>The key <c>backups.losses</c>: when a backup that has less than the one before is suspicious.</summary>
public sealed record LossSettings
{
    /// <summary>From how many percent fewer rows on.</summary>
    public int Percent { get; init; } = 50;

    /// <summary>Tables that may lose rows, or go: <c>schema.table</c>, with wildcards.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Whether a table may lose what it likes.</summary>
    /// <param name="table">Its schema and name, with a dot between them.</param>
    public bool Ignores(string table) => Ignore.Any(p => NamePattern.IsMatch(p, table));
}
