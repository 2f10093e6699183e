using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Rollouts;

/// <summary>What a finding means for an update.</summary>
public enum RolloutEffect
{
    /// <summary>Somebody should know it.</summary>
    Told,
    /// <summary>An old instance must stop before a new one starts.</summary>
    StopFirst,
    /// <summary>It is not done.</summary>
    Refused,
}

/// <summary>Something that matters for an update of a service, found before anything is changed.</summary>
/// <param name="Service">The service.</param>
/// <param name="Code">A name of the finding that stays: <c>HostPort</c>, <c>ImageMissing</c>.</param>
/// <param name="Effect">What it means.</param>
/// <param name="Words">What was found, and why it matters.</param>
/// <param name="Remedy">What to do about it; null where nothing has to be done.</param>
public sealed record RolloutFinding(string Service, string Code, RolloutEffect Effect, string Words, string? Remedy = null) : IVerdict,
    IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    bool IVerdict.IsBad() => Effect == RolloutEffect.Refused;

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Service}: {Words}";
}
