using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>What a driver found before a rotation.</summary>
internal sealed record SecretSurvey
{
    /// <summary>What must still be so when it begins: the server's identity, the role's oid.</summary>
    public required IReadOnlyList<PlanIdentity> Identities { get; init; }

    /// <summary>True when old and new are accepted at the same time, so that nobody is refused meanwhile.</summary>
    public required bool Overlaps { get; init; }

    /// <summary>Where they do not overlap: who is refused from when to when, in a sentence.</summary>
    public string? Gap { get; init; }

    /// <summary>The login that the new value is for: the other one of two; null for that of the current one, or none.</summary>
    public string? NextLogin { get; init; }

    /// <summary>
    /// What people should know before: that the verifier lands in the server's log, that a line with trust proves nothing.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What will be done at the server, in sentences: of <c>set</c>, and of <c>drop</c>.</summary>
    public required string SetWords { get; init; }

    /// <inheritdoc cref="SetWords"/>
    public string? DropWords { get; init; }

    /// <summary>
    /// What people must do to end the old one, where nothing here can: the change then waits for Complete-OpsSecretRotation.
    /// </summary>
    public string? DroppedByHand { get; init; }
}
