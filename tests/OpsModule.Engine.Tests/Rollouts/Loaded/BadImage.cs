namespace OpsModule.Engine.Tests.Rollouts.Loaded;

/// <summary>What is wrong with an image.</summary>
public enum BadImage
{
    /// <summary>It ends at once.</summary>
    Crash,
    /// <summary>It ends a while after its start.</summary>
    CrashLater,
    /// <summary>Its health check never passes.</summary>
    NeverHealthy,
    /// <summary>Its health check passes, and some seconds later does not.</summary>
    HealthyThenFailing,
    /// <summary>It is for another kind of machine.</summary>
    OtherArchitecture,
    /// <summary>There is none.</summary>
    Missing,
    /// <summary>It has no shell, which the health check of the compose file needs.</summary>
    NoShell,
}
