using System.Globalization;

namespace OpsModule.Connections.Proxies;

/// <summary>Where a user's own configuration sends requests of a service, before OpsModule has changed it.</summary>
/// <param name="Host">A name, or an IP address.</param>
/// <param name="Port">The port there.</param>
/// <param name="Place">Where that stands, in words: <c>line 12</c>.</param>
public sealed record ConfiguredServer(string Host, int Port, string Place)
{
    /// <summary>Of <c>host:port</c> or <c>[address]:port</c>; null where no port stands there.</summary>
    public static ConfiguredServer? Parse(string text, string place)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is > 0 and <= 65535 ? new ConfiguredServer(text[..colon].Trim('[', ']'), port, place) : null;
    }
}
