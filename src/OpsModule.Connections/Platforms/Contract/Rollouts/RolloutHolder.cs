namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>Who brings out a service.</summary>
/// <param name="Change">The change's id in the journal of that machine.</param>
/// <param name="By">Who began it.</param>
/// <param name="From">The machine that it runs on.</param>
/// <param name="At">Since when, UTC.</param>
/// <param name="Name">What holds the lock, for people: the container's name.</param>
public sealed record RolloutHolder(string Change, string By, string From, DateTimeOffset At, string Name = "")
{
    /// <inheritdoc/>
    public override string ToString() => $"{By} on {From} since {At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC (change {Change})";
}
