namespace OpsModule.Engine.Environments.Retention;

/// <summary>How long backups of one kind are kept. A backup stays when any of the rules keeps it.</summary>
/// <remarks>Days, weeks, months and years are those of UTC by the time at which the backup began; weeks are ISO 8601's.</remarks>
public sealed record RetentionPolicy
{
    /// <summary>All that are younger; null for no such rule.</summary>
    public TimeSpan? Keep { get; init; }

    /// <summary>So many of the newest whole ones.</summary>
    public int Last { get; init; }

    /// <summary>The best one of each of the newest so many hours that have one.</summary>
    public int Hourly { get; init; }

    /// <summary>The same for days.</summary>
    public int Daily { get; init; }

    /// <summary>The same for weeks.</summary>
    public int Weekly { get; init; }

    /// <summary>The same for months.</summary>
    public int Monthly { get; init; }

    /// <summary>The same for years.</summary>
    public int Yearly { get; init; }

    /// <summary>So many of the newest whole ones stay whatever the other rules say; at least one.</summary>
    public int AtLeast { get; init; } = 1;

    /// <summary>As it could stand in the environment file.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        if (Keep is { } keep) parts.Add($"keep {Written(keep)}");
        Add("last", Last);
        Add("hourly", Hourly);
        Add("daily", Daily);
        Add("weekly", Weekly);
        Add("monthly", Monthly);
        Add("yearly", Yearly);
        if (AtLeast != 1) Add("at least", AtLeast);
        return string.Join(", ", parts);

        void Add(string name, int count)
        {
            if (count > 0) parts.Add(FormattableString.Invariant($"{name} {count}"));
        }
    }

    /// <summary>A duration as it is written in the environment file.</summary>
    internal static string Written(TimeSpan span) => span.Ticks % TimeSpan.TicksPerDay == 0
        ? FormattableString.Invariant($"{span.Days}d") : FormattableString.Invariant($"{Math.Ceiling(span.TotalHours):0}h");
}
