namespace OpsModule.Engine.Areas.Rollouts;

/// <summary>One step of an update.</summary>
/// <param name="Name">As in the journal.</param>
/// <param name="Words">What was done and seen.</param>
/// <param name="At">When it ended, UTC.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record RolloutStep(string Name, string Words, DateTimeOffset At, double Seconds)
{
    /// <inheritdoc/>
    public override string ToString() => Words;
}
