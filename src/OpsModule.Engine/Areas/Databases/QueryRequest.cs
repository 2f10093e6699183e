namespace OpsModule.Engine.Areas.Databases;

/// <summary>One statement, and where it is to be run.</summary>
public sealed record QueryRequest
{
    /// <summary>The database's name in the environment; null when it has just one.</summary>
    public string? Name { get; init; }

    /// <summary>The statement.</summary>
    public required string Text { get; init; }

    /// <summary>The tenant in whose schema names are looked for; null for the database's own search_path.</summary>
    public string? Tenant { get; init; }

    /// <summary>The values of its parameters, by name.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <summary>How long it may run, its rows' way to here included; null for no limit but the database's own.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How many rows a change may change at most; null for any number.</summary>
    public long? MaxRows { get; init; }
}
