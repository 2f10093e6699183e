namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>Something about a service that matters when two instances of it are there at once.</summary>
public enum TraitKind
{
    /// <summary>It publishes a fixed port of the machine.</summary>
    HostPort,
    /// <summary>Its one container has a name of its own.</summary>
    ContainerName,
    /// <summary>It shares the machine's network.</summary>
    HostNetwork,
    /// <summary>It has an address of its own.</summary>
    StaticAddress,
    /// <summary>It has devices of the machine.</summary>
    Devices,
    /// <summary>It writes to a named volume.</summary>
    NamedVolume,
    /// <summary>It writes to a folder of the machine, or to volumes of another service.</summary>
    SharedFolder,
    /// <summary>Others share what is an instance's: its network, its processes, its volumes.</summary>
    SharedByOthers,
    /// <summary>It shares what is another's.</summary>
    SharesAnothers,
    /// <summary>There is to be one on each machine.</summary>
    Global,
    /// <summary>Others are linked to it by name, or it to others.</summary>
    Links,
    /// <summary>What it is given at its start can only be given by the platform's own program.</summary>
    InjectedFiles,
}

/// <summary>A trait, and what makes it.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Words">What makes it: <c>port 8080</c>, <c>the name shop-api</c>.</param>
public sealed record InstanceTrait(TraitKind Kind, string Words)
{
    /// <inheritdoc/>
    public override string ToString() => Words;
}
