namespace OpsModule.Engine.Environments;

/// <summary>What a figure is counted in, and so how its levels are written.</summary>
public enum FigureUnit
{
    /// <summary>A plain number.</summary>
    Count,
    /// <summary>Percent, 0 to 100.</summary>
    Percent,
    /// <summary>Seconds; written with a unit, such as 500ms or 14d.</summary>
    Duration,
    /// <summary>Bytes; written with or without a unit, such as 10GiB.</summary>
    Bytes,
}

/// <summary>A figure that can have thresholds.</summary>
/// <param name="Name">As it is written under <c>thresholds:</c>.</param>
/// <param name="Unit">What it is counted in.</param>
/// <param name="HigherIsWorse">False for figures that get worse as they fall, such as free space.</param>
/// <param name="Warning">Degraded from here on, unless the environment says otherwise; null for never.</param>
/// <param name="Critical">Unhealthy from here on, unless the environment says otherwise; null for never.</param>
/// <param name="Meaning">What it is, for people.</param>
public sealed record Figure(string Name, FigureUnit Unit, bool HigherIsWorse, string? Warning, string? Critical, string Meaning)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Every figure there is, with the levels that operating handbooks usually set.</summary>
public static class Figures
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Figure> All { get; } =
    [
        Worse("http.p95", FigureUnit.Duration, "200ms", "500ms", "95th percentile of an endpoint's answers, where -Samples asks for several"),
        Worse("http.errors", FigureUnit.Percent, "1%", "5%",
            "answers of an endpoint that are not what they must be, where -Samples asks for several"),
        Worse("database.connections", FigureUnit.Percent, "80%", "90%", "connections against what the server allows"),
        Worse("database.transaction", FigureUnit.Duration, "5m", "30m", "age of the oldest open transaction"),
        Worse("database.blocked", FigureUnit.Count, "1", "5", "sessions that wait for a lock"),
        Worse("database.lag", FigureUnit.Duration, "30s", "5m", "how far the slowest replica is behind"),
        Worse("database.size", FigureUnit.Bytes, null, null, "size of the database"),
        Worse("database.xidAge", FigureUnit.Count, "500000000", "1500000000", "age of the oldest transaction id; the server stops at about 2,100,000,000"),
        Worse("cache.memory", FigureUnit.Percent, "80%", "90%", "memory against maxmemory, or against the machine's where there is none"),
        Worse("cache.clients", FigureUnit.Percent, "80%", "90%",
            "connections of a Redis server against maxclients, told when few are left"),
        Better("cache.hitRate", FigureUnit.Percent, "70%", "60%", "lookups that found something"),
        Better("disk.free", FigureUnit.Percent, "20%", "10%", "free space of each file system"),
        Better("disk.inodes", FigureUnit.Percent, "10%", "5%", "free inodes of each file system that has a fixed number of them"),
        Worse("memory.used", FigureUnit.Percent, "80%", "90%", "memory that is not available"),
        Worse("cpu.used", FigureUnit.Percent, "70%", "85%", "share of all cores that is busy"),
        Worse("load.perCore", FigureUnit.Count, "1", "2", "load average of five minutes for each core"),
        Better("certificate.left", FigureUnit.Duration, "30d", "14d", "time until a certificate expires"),
        Worse("backup.age", FigureUnit.Duration, "26h", "50h", "age of the newest backup"),
        Worse("backup.verifiedAge", FigureUnit.Duration, "8d", "15d", "age of the newest backup that passed a test or a drill"),
        Worse("backup.tenantAge", FigureUnit.Duration, "26h", "50h", "age of the newest backup of that tenant whose newest is the oldest"),
        Worse("change.overdue", FigureUnit.Duration, "1h", "1d", "how long a change waits beyond the time when it was to be gone on with"),
        Worse("service.restarts", FigureUnit.Count, "3", "10", "how often an instance was started again, unless it has run for an hour since"),
        Worse("service.cpu", FigureUnit.Percent, null, null,
            "processors that the busiest instance of a service used, 100% for each core, where thresholds or -Check name it"),
        Worse("service.memory.used", FigureUnit.Percent, null, null,
            "memory against the limit of a service's fullest instance, where thresholds or -Check name it"),
    ];

    /// <summary>The figure of this name, whatever its case; null when there is none.</summary>
    public static Figure? Find(string name) => All.FirstOrDefault(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static Figure Worse(string name, FigureUnit unit, string? warning, string? critical, string meaning) => new(name, unit, true, warning, critical, meaning);

    private static Figure Better(string name, FigureUnit unit, string? warning, string? critical, string meaning) => new(name, unit, false, warning, critical, meaning);
}
