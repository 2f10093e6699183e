namespace OpsModule.Engine.Areas.Lockdown;

/// <summary>A part of a lockdown, and what came of it.</summary>
/// <param name="Part">The part.</param>
/// <param name="State">What came of it.</param>
/// <param name="Words">In a sentence.</param>
public sealed record LockdownStep(LockdownPart Part, LockdownPartState State, string Words)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Part}: {State}";
}
