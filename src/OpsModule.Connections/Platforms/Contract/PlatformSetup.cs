using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Contract;

/// <summary>What a platform is told before it is opened.</summary>
public sealed record PlatformSetup
{
    /// <summary>Where it is.</summary>
    public required PlatformOptions Options { get; init; }

    /// <summary>The name of the environment that its services belong to.</summary>
    public required string Environment { get; init; }

    /// <summary>The services that the environment names.</summary>
    public IReadOnlyList<ServiceOptions> Services { get; init; } = [];

    /// <summary>Whether something counts on a service, so that it is never a job that is done.</summary>
    public Func<string, bool> IsNeeded { get; init; } = _ => false;

    /// <summary>Where the platform says what it does.</summary>
    public IOpsReporter Reporter { get; init; } = SilentReporter.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What the environment says of one service, where the platform is this host.</summary>
/// <param name="Name">The service's name.</param>
/// <param name="Unit">Its systemd unit, or units; null for the one of its name.</param>
/// <param name="Process">Full path of the program, when it is no unit.</param>
/// <param name="PidFile">Full path of the file that holds its process's number, when it is no unit.</param>
public sealed record ServiceOptions(string Name, string? Unit = null, string? Process = null, string? PidFile = null);
