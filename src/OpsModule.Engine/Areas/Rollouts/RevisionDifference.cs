using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Rollouts;

/// <summary>One thing in which two revisions of a service differ.</summary>
/// <param name="Service">The service.</param>
/// <param name="What">What differs: <c>image</c>, <c>variable</c>, <c>port</c>, <c>mount</c>, <c>setting</c>, <c>file</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="From">What it was; of a variable the fingerprint of its value; null where it was not.</param>
/// <param name="To">What it is; null where it is no more.</param>
public sealed record RevisionDifference(string Service, string What, string Name, string? From, string? To) : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{What} {Name}: {From ?? "none"} -> {To ?? "none"}";
}
