using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Proxies;

/// <summary>A proxy's configuration that was made fit for updates of a service.</summary>
public sealed record ProxyConfiguration : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The proxy, by its name in the environment.</summary>
    public required string Proxy { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The files that were written.</summary>
    public IReadOnlyList<string> Files { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The servers that the service has in it.</summary>
    public IReadOnlyList<string> Servers { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What is left to do.</summary>
    public required string Next { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Service} at {Proxy}";
}
