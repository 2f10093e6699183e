using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>An alert on its way to one receiver.</summary>
/// <param name="Alert">The alert.</param>
/// <param name="Resolved">True when it ends one that this receiver has got before.</param>
/// <param name="Folded">How many of the same were not sent since the last one that was.</param>
/// <param name="Since">When that last one was sent; null for the first.</param>
internal sealed record AlertNotice(Alert Alert, bool Resolved, int Folded, DateTimeOffset? Since)
{
    /// <summary>firing, resolved or ok.</summary>
    public string State => Alert.State == AlertState.Firing ? "firing" : Resolved ? "resolved" : "ok";

    /// <summary>The title with its state.</summary>
    public string Headline => $"[{(Alert.State == AlertState.Firing ? Alert.Severity.ToString().ToUpperInvariant() : State.ToUpperInvariant())}] {Alert.Environment}: {Alert.Title}";

    /// <summary>What was folded, in words; null when nothing was.</summary>
    public string? FoldedText => Folded == 0 ? null
        : $"{(Folded == 1 ? "One repeat was" : $"{Folded} repeats were")} not sent since {Since?.UtcDateTime:yyyy-MM-dd HH:mm}Z.";
}
