using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets.Keeping;

/// <summary>What the state folder keeps of a secret. Its materials lie sealed; the rest says nothing of them.</summary>
internal sealed record KeptSecret
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The value that its uses had when it was looked at for the last rotation, or that the last one brought.</summary>
    public SecretMaterial? Current { get; init; }

    /// <summary>The value of a rotation that has not ended.</summary>
    public SecretMaterial? Pending { get; init; }

    /// <summary>The value before the last rotation.</summary>
    public SecretMaterial? Previous { get; init; }

    /// <summary>The part of a rotation that made the pending value.</summary>
    public string? Change { get; init; }

    /// <summary>The part that was taken back last: its pending value is forgotten with good reason.</summary>
    public string? TakenBack { get; init; }

    /// <summary>Since when there is a pending value, UTC.</summary>
    public DateTimeOffset? PendingSince { get; init; }

    /// <summary>When a rotation ended well the last time, UTC; null when none has.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The part that ended it.</summary>
    public string? FinishedBy { get; init; }

    /// <summary>Since when people are to disable the old value elsewhere, UTC; null when they are not.</summary>
    public DateTimeOffset? ByHandSince { get; init; }

    /// <summary>Whether the current value was accepted when the pending one was made: then it is, too, when that is taken back.</summary>
    public bool WasAccepted { get; init; }

    /// <summary>Who said that the old value of this rotation is disabled elsewhere; null as long as nobody has.</summary>
    public string? ByHandDone { get; init; }
}
