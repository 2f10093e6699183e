namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>What is done to a store.</summary>
internal enum StoreChange
{
    /// <summary>A backup is copied.</summary>
    Copy,
    /// <summary>Two backups are copied, as one change of parts.</summary>
    CopyTwo,
    /// <summary>A backup is removed.</summary>
    Remove,
    /// <summary>What an interrupted backup left is removed.</summary>
    RemoveStray,
    /// <summary>What no rule of retention keeps is removed.</summary>
    Retain,
    /// <summary>A backup is pinned.</summary>
    Pin,
}
