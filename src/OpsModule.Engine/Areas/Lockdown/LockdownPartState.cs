namespace OpsModule.Engine.Areas.Lockdown;

/// <summary>What came of a part of a lockdown.</summary>
public enum LockdownPartState
{
    /// <summary>It is done.</summary>
    Done,
    /// <summary>It was left out, as was asked.</summary>
    Skipped,
    /// <summary>Nothing is declared for it.</summary>
    Undeclared,
    /// <summary>It is done but for something.</summary>
    Partly,
    /// <summary>It is not done.</summary>
    Open,
}
