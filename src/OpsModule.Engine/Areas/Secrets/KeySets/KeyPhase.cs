namespace OpsModule.Engine.Areas.Secrets.KeySets;

/// <summary>How far the places of a value that is replaced in phases are.</summary>
internal enum KeyPhase
{
    /// <summary>The old one is used, and the new one is accepted, too.</summary>
    Accept,

    /// <summary>The new one is used, and the old one is accepted still.</summary>
    Sign,

    /// <summary>The new one alone is accepted.</summary>
    Drop,

    /// <summary>All of that at once: whatever the old one was used for ends.</summary>
    Replace,
}
