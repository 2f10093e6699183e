namespace OpsModule;

/// <summary>A cmdlet whose change can be kept as a plan and made later.</summary>
internal interface IPlanFileCmdlet
{
    /// <summary>Full path of the file; null makes the change now.</summary>
    string? PlanFile { get; }
}
