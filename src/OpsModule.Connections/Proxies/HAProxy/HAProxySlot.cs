namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>One server of a backend, which is given to an instance and taken away again.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its address; the one of <see cref="Free"/> while nobody has it.</param>
/// <param name="Port">Its port.</param>
/// <param name="Admin">The bits of what an administrator has ordered.</param>
internal sealed record HAProxySlot(string Name, string Address, int Port, int Admin)
{
    /// <summary>Where a server points that nobody has: nothing listens there.</summary>
    public static readonly ProxyServer Free = new("127.0.0.1", 9);

    private const int ForcedMaintenance = 1, ForcedDrain = 8;

    /// <summary>True while it is out of service by order.</summary>
    public bool IsOut => (Admin & ForcedMaintenance) != 0;

    /// <summary>True when nobody has it.</summary>
    public bool IsFree => Address == Free.Address && Port == Free.Port;

    /// <summary>True when it gets nothing new: by us (out), or by somebody else (drain).</summary>
    public bool IsDraining => (Admin & (ForcedMaintenance | ForcedDrain)) != 0;

    /// <summary>As others see it.</summary>
    public ProxyServer Server => new(Address, Port, IsDraining);
}
