using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Tenants;

/// <summary>A tenant, and whether it is cut off.</summary>
public sealed record TenantRecord : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>How it is.</summary>
    public required TenantStatus Status { get; init; }

    /// <summary>Whether each instance was seen refusing it (or, once that is lifted, serving it); null where it is not suspended.</summary>
    public bool? IsProven { get; init; }

    /// <summary>Since when it is suspended, UTC.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When that is lifted by itself, UTC; null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The entry of the schedule that lifts it; null where nothing does.</summary>
    public string? Runner { get; init; }

    /// <summary>Why it is suspended.</summary>
    public string? Reason { get; init; }

    /// <summary>What it is cut off by.</summary>
    public IReadOnlyList<string> Parts { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What was seen, in sentences.</summary>
    public IReadOnlyList<string> Proofs { get; init => field = PlainList.Of(value); } = [];

    /// <summary>From the first step until each instance was seen refusing it, in seconds; null where that was not seen.</summary>
    public double? Seconds { get; init; }

    /// <summary>The change that suspended it.</summary>
    public string? Change { get; init; }

    /// <summary>How it is, in a sentence.</summary>
    public string Message { get; init; } = "";

    // What nobody has seen is not well.
    bool IVerdict.IsBad() => Status is TenantStatus.Overdue or TenantStatus.Unfinished || IsProven is false;

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Tenant}: {Status}";
}
