namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>A service that gets a value from a place.</summary>
/// <param name="Service">The service.</param>
/// <param name="Variable">The variable that it gets it as; null for a file, or where only its settings take it in.</param>
/// <param name="IsWhole">True when the variable is just what stands in the place.</param>
internal sealed record PlaceReader(string Service, string? Variable, bool IsWhole)
{
    /// <summary>True where it is built into the service's image.</summary>
    public bool IsBuilt { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Variable is null ? Service : $"{Service} ({Variable})";
}
