using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Postgres.Layout;

/// <summary>Two logins that take turns, and the role that owns what both make.</summary>
public sealed record RotationLayout : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    /// <summary>The database, by its name in the environment file.</summary>
    public required string Database { get; init; }

    /// <summary>The logins; the first is in use, the second has no password.</summary>
    public required IReadOnlyList<string> Logins { get; init => field = PlainList.Of(value); }

    /// <summary>The owner, which nobody logs in as.</summary>
    public required string Owner { get; init; }

    /// <summary>What the entry under <c>secrets:</c> is to say.</summary>
    public string Entry => $"postgres: {{ database: {Database}, logins: [ {string.Join(", ", Logins)} ], owner: {Owner} }}";

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(", ", Logins)} under {Owner}";
}
