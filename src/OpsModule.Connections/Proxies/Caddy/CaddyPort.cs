namespace OpsModule.Connections.Proxies.Caddy;

/// <summary>
/// What becomes of connections that are being opened while Caddy takes another configuration. Caddy 2.6 then listens at the same port a
/// second time (SO_REUSEPORT) and closes the first socket; Linux resets what waits there, unless <c>net.ipv4.tcp_migrate_req</c> (5.14 and
/// later, see ip-sysctl.rst of the kernel) hands it to the second.
/// </summary>
internal static class CaddyPort
{
    private const string Setting = "net.ipv4.tcp_migrate_req", SettingFile = "/proc/sys/net/ipv4/tcp_migrate_req";

    private const string Why = "Caddy opens its port anew whenever it is told something, and connections that clients are opening just then may be reset";

    /// <summary>What is known of it; null where Linux hands them over.</summary>
    /// <remarks>Each network namespace has the setting of its own: that of a container cannot be read from here.</remarks>
    public static ProxyWeakness? WeaknessOf(CaddyOptions options) => WeaknessOf(options.Networks is null ? Read(SettingFile) : null);

    /// <summary>The same of a setting as it was read; null where it could not be.</summary>
    private static ProxyWeakness? WeaknessOf(string? setting) => setting switch
    {
        "1" => null,
        "0" => new ProxyWeakness($"{Why}: {Setting} is 0.", $"Set {Setting} to 1 (in /etc/sysctl.d)."),
        _ => new ProxyWeakness($"{Why}, unless {Setting} is 1 where it runs, which could not be seen from here.",
            $"Set {Setting} to 1 where Caddy runs: for a container in its sysctls. It needs Linux 5.14 or later."),
    };

    private static string? Read(string file)
    {
        try { return File.ReadAllText(file).Trim(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }
}
