namespace OpsModule.Engine.Areas.Imports;

/// <summary>Which dump to import, and as what.</summary>
/// <param name="Path">The full path of the file, or of the folder of a dump in directory format.</param>
public sealed record ImportRequest(string Path)
{
    /// <summary>Database name in the environment file; null when there is just one.</summary>
    public string? Name { get; init; }

    /// <summary>The tenant that it is of; null for a whole database.</summary>
    public string? Tenant { get; init; }

    /// <summary>Stores; empty for all of the environment's.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>When the dump was begun; null for the time of the file.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Takes a dump without what it lacks, or what only a superuser may make.</summary>
    public bool AllowIncomplete { get; init; }

    /// <summary>Loads an archive into a throwaway server though it could be taken as it is.</summary>
    public bool Reload { get; init; }
}
