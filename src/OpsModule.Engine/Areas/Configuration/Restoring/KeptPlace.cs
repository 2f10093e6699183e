namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>What is kept of a place before a restore writes there.</summary>
/// <param name="Name">The place.</param>
/// <param name="Before">What lay there; null for nothing.</param>
/// <param name="After">The state that the restore gives it.</param>
internal sealed record KeptPlace(string Name, KeptItem? Before, string After)
{
    /// <summary>The state that it had.</summary>
    public string BeforeState => ConfigurationPlaces.StateOf(Before?.Item);

    /// <summary>True when a folder is made there that was not there.</summary>
    public bool MakesFolder => Before is null && After.StartsWith("folder ", StringComparison.Ordinal);
}
