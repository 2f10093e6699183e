namespace OpsModule.Engine.Areas.Retention;

/// <summary>
/// Looks whether this machine's clock may have jumped ahead, which would make every backup look old: then the objects that the store has,
/// by the
/// store's own times, end long ago, and what is newer came all at once.
/// </summary>
internal sealed class ClockEvidence(DateTimeOffset now)
{
    private static readonly TimeSpan Recent = TimeSpan.FromDays(7), Silence = TimeSpan.FromDays(180);

    private DateTimeOffset? _before;

    /// <summary>Takes the time at which a store got something.</summary>
    public void Add(DateTimeOffset stored)
    {
        if (stored <= now - Recent && !(stored <= _before)) _before = stored;
    }

    /// <summary>What is in doubt, in a sentence; null when nothing is.</summary>
    public string? Doubt => _before is { } before && now - before > Silence
        ? FormattableString.Invariant($"This machine's clock says {now.UtcDateTime:yyyy-MM-dd}, and before the last week nothing was stored since {before.UtcDateTime:yyyy-MM-dd}: either nothing was backed up for {(now - before).Days} days, or the clock has jumped.")
        : null;
}
