using OpsModule.Connections.Postgres.Queries;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Databases;

/// <summary>A statement that changed something and was committed.</summary>
public sealed record QueryChange : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>The change's id in the journal.</summary>
    public required string Id { get; init; }

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>The tenant in whose schema it ran; null for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The statement's first word.</summary>
    public required string Statement { get; init; }

    /// <summary>How many rows were changed, of all tables; null where the server does not count them.</summary>
    public long? Rows { get; init; }

    /// <summary>Of which tables.</summary>
    public IReadOnlyList<TableEffect> Tables { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What the statement gave back (RETURNING), row by row.</summary>
    public IReadOnlyList<object> Returned { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How long it ran.</summary>
    public TimeSpan Duration { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Statement} on {Database}: {Rows?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "uncounted"} rows";
}
