using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Services.Reaching;

/// <summary>A port of a service that is open here.</summary>
/// <param name="Service">The service.</param>
/// <param name="Instance">The instance that it leads to.</param>
/// <param name="Port">The port there.</param>
/// <param name="LocalAddress">The address here.</param>
/// <param name="LocalPort">The port here.</param>
public sealed record ServiceConnection(string Service, string Instance, int Port, string LocalAddress, int LocalPort) : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{LocalAddress}:{LocalPort}";
}
