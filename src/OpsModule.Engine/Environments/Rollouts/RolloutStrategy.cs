namespace OpsModule.Engine.Environments.Rollouts;

/// <summary>In what order instances of a service are replaced.</summary>
public enum RolloutStrategy
{
    /// <summary>StartFirst where that can be, else StopFirst with the reason.</summary>
    Auto,
    /// <summary>A new instance is started beside the old ones, then an old one goes; so many at a time as a batch has.</summary>
    StartFirst,
    /// <summary>An old instance is stopped, then a new one is started. Nothing of it serves in between where there is only one.</summary>
    StopFirst,
    /// <summary>All new instances are started beside the old ones, which go when the new ones have been watched.</summary>
    BlueGreen,
}
