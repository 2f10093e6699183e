namespace OpsModule.Engine.Areas.Secrets;

/// <summary>One step of a rotation.</summary>
/// <param name="Name">As it stands in the journal.</param>
/// <param name="Words">What it did or saw, where it says so; else its name.</param>
/// <param name="At">When it began, UTC.</param>
public sealed record RotationStep(string Name, string Words, DateTimeOffset At)
{
    /// <inheritdoc/>
    public override string ToString() => Words;
}
