namespace OpsModule.Engine.Areas.Secrets;

/// <summary>How a secret is.</summary>
public enum SecretStatus
{
    /// <summary>Its last rotation is not longer ago than it may be, or nobody says how often it is to be rotated.</summary>
    Fine,
    /// <summary>It is to be rotated.</summary>
    Overdue,
    /// <summary>It is to be rotated from time to time, and no rotation of it is known.</summary>
    Unknown,
    /// <summary>A rotation of it waits for its time, for sessions, or for people.</summary>
    Waiting,
    /// <summary>A rotation of it has not ended: it was killed or interrupted.</summary>
    Unfinished,
}
