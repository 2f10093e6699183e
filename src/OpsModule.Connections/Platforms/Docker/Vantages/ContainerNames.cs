using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OpsModule.Foundations.Network;

namespace OpsModule.Connections.Platforms.Docker.Vantages;

/// <summary>
/// What names mean in a container: by its hosts file, then by the name servers that the engine gave it (its own is 127.0.0.11).
/// </summary>
/// <param name="hosts">The engine's file that the container has as /etc/hosts.</param>
/// <param name="resolver">The engine's file that it has as /etc/resolv.conf.</param>
/// <param name="make">Makes a socket in the container's network.</param>
public sealed class ContainerNames(string? hosts, string? resolver, Func<AddressFamily, SocketType, Socket> make)
{
    /// <summary>The addresses of a name; empty when it has none.</summary>
    /// <exception cref="SocketException">No name server answers.</exception>
    public async Task<IReadOnlyList<IPAddress>> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(name, out IPAddress? address)) return [address];
        if (OfHosts(Lines(hosts), name) is { Count: > 0 } written) return written;
        string[][] settings = [.. Lines(resolver)];
        SocketException? failed = null;
        foreach (IPAddress server in settings.Where(l => l is ["nameserver", _]).Select(l => IPAddress.TryParse(l[1], out IPAddress? ip)
            ? ip : null).OfType<IPAddress>())
        {
            try
            {
                foreach (string candidate in Candidates(name, settings))
                    if (await NameQuestion.AskAsync(make, server, candidate,
                        cancellationToken).ConfigureAwait(false) is { Count: > 0 } found) return found;
                return [];
            }
            catch (SocketException e) { failed = e; }
        }
        return failed is null ? [] : throw failed;
    }

    /// <summary>The addresses that a hosts file has for a name.</summary>
    public static IReadOnlyList<IPAddress> OfHosts(IEnumerable<string[]> lines, string name) =>
        [.. lines.Where(l => l.Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase))
            .Select(l => IPAddress.TryParse(l[0], out IPAddress? ip) ? ip : null).OfType<IPAddress>()];

    /// <summary>The names that are asked for, in the order in which the container's own resolver asks.</summary>
    public static IEnumerable<string> Candidates(string name, string[][] settings)
    {
        if (name.EndsWith('.')) return [name];
        string[] searched = [.. (settings.LastOrDefault(l => l is ["search", ..]) ?? []).Skip(1).Where(s => s != ".").Select(s =>
            $"{name}.{s}")];
        string? dots = settings.Where(l => l is ["options", ..]).SelectMany(l => l).LastOrDefault(o => o.StartsWith("ndots:",
            StringComparison.Ordinal));
        int least = dots is not null && int.TryParse(dots[6..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : 1;
        return name.Count(c => c == '.') >= least ? [name, .. searched] : [.. searched, name];
    }

    private static IEnumerable<string[]> Lines(string? file)
    {
        if (file is not { Length: > 0 }) return [];
        try
        {
            return [.. File.ReadLines(file).Select(l => l.Split('#')[0].Split((char[]?)null,
                StringSplitOptions.RemoveEmptyEntries)).Where(l => l.Length > 1)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return []; }
    }
}
