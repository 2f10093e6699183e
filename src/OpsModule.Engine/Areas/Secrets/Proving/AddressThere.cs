using System.Net;
using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets.Proving;

/// <summary>The address by which services know a server, which may be another one than this machine's.</summary>
internal static class AddressThere
{
    /// <summary>
    /// The service's name in the network, or the host that the environment file says; where that is this machine's own, the one in the URL
    /// that a use holds. Null when nothing tells.
    /// </summary>
    /// <param name="entry">The secret.</param>
    /// <param name="scheme">What the scheme of such a URL begins with.</param>
    /// <param name="service">The service that the server is; null for none.</param>
    /// <param name="host">The host as the environment file says it.</param>
    /// <param name="port">The port as the environment file says it.</param>
    /// <param name="usual">The port of a URL that says none.</param>
    public static (string Host, int Port)? Of(SecretEntry entry, string scheme, string? service, string? host, int port, int usual)
    {
        if (service is not null) return (host ?? service, port);
        if (host is not null && !host.StartsWith('/') && !IsHere(host)) return (host, port);
        return entry.Uses.Select(u => u.In is { } text ? InUrl(text, scheme, usual) : null).FirstOrDefault(a => a is not null);
    }

    /// <summary>Whether a host means the machine that names it.</summary>
    public static bool IsHere(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    private static (string Host, int Port)? InUrl(string text, string scheme, int usual)
    {
        int begin = text.IndexOf("://", StringComparison.Ordinal);
        if (begin < 0 || !text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return null;
        string authority = text[(begin + 3)..].Split('/', '?', '#')[0], place = authority[(authority.LastIndexOf('@') + 1)..];
        // What is made of variables, or names several servers, tells of none.
        if (place.Length == 0 || place.AsSpan().IndexOfAny("{}$,") >= 0) return null;
        return Uri.TryCreate("tcp://" + place, UriKind.Absolute, out Uri? parsed) && parsed.Host.Length > 0
            ? (parsed.Host.Trim('[', ']'), parsed.Port > 0 ? parsed.Port : usual) : null;
    }
}
