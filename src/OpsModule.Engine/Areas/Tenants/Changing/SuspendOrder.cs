using System.Globalization;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>A suspension as it stands in the arguments of its plan.</summary>
internal sealed record SuspendOrder
{
    private const string TenantKey = "tenant", ReasonKey = "reason", ForKey = "for", RunnerKey = "runner", ProofKey = "proof";

    /// <summary>The tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>For how long; null until it is lifted.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>The entry of the schedule that lifts it.</summary>
    public string? Runner { get; init; }

    /// <summary>Whether it is proven.</summary>
    public bool Proves { get; init; } = true;

    /// <summary>Reads it from a plan, which may be of a file that somebody wrote.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static SuspendOrder Read(ChangePlan plan)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        var order = new SuspendOrder
        {
            Tenant = given[TenantKey], Reason = given.GetValueOrDefault(ReasonKey), Runner = given.GetValueOrDefault(RunnerKey),
            For = given.TryGetValue(ForKey, out string? span) ? TimeSpan.ParseExact(span, "c", CultureInfo.InvariantCulture) : null,
            Proves = given[ProofKey] switch { "true" => true, "false" => false, var other =>
                throw new FormatException($"'{other}' is no truth.") },
        };
        if (!TenantName.IsOne(order.Tenant)) throw new FormatException("What the plan names is no tenant.");
        return order.For is { } span2 && (span2 <= TimeSpan.Zero || order.Runner is null)
            ? throw new FormatException("It is for a time, and nothing lifts it.") : order;
    }

    /// <summary>Writes it into a plan's arguments.</summary>
    public Dictionary<string, string> Write() => new (string Name, string? Value)[]
    {
        (TenantKey, Tenant), (ReasonKey, Reason), (ForKey, For?.ToString("c", CultureInfo.InvariantCulture)), (RunnerKey, Runner),
        (ProofKey, Proves ? "true" : "false"),
    }.Where(a => a.Value is not null).ToDictionary(a => a.Name, a => a.Value!);
}
