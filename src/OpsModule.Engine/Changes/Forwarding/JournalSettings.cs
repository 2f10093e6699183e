namespace OpsModule.Engine.Changes.Forwarding;

/// <summary>The section <c>journal:</c>.</summary>
public sealed record JournalSettings
{
    /// <summary>Where each ended change is sent; empty for nowhere.</summary>
    public IReadOnlyList<ForwardTarget> Forward { get; init; } = [];
}
