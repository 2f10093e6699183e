using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies;

/// <summary>
/// What of names and addresses may stand in a proxy's configuration or in a command to it: all of it goes through here, and what comes out
/// needs no quotes anywhere.
/// </summary>
public static partial class ProxyNames
{
    /// <summary>The name, when it is one that no proxy's syntax can be broken out of.</summary>
    /// <exception cref="OpsException"><c>ProxyRefused</c>.</exception>
    public static string Service(string name) => Plain().IsMatch(name) ? name : throw ProxyErrors.ProxyRefused.Make(
        $"'{name}' cannot be the name of a service before a proxy: up to 63 of letters, digits, '.', '_' and '-' were expected, "
            + "beginning with a letter or a digit.", "Rename the service, or leave it without a proxy.", name);

    /// <summary>An identifier of nginx's variables that no other name gives.</summary>
    public static string Variable(string service) => string.Concat(Service(service).Select(c =>
        char.IsAsciiLetterOrDigit(c) ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"_{(int)c:x2}")));

    /// <summary>The server, written in the one way that its address has.</summary>
    /// <exception cref="OpsException"><c>ProxyRefused</c>.</exception>
    public static ProxyServer Server(ProxyServer server)
    {
        if (server.Port is > 0 and <= 65535 && !server.Address.Contains('%', StringComparison.Ordinal)
            && IPAddress.TryParse(server.Address, out IPAddress? address)
            // "1" and "0x7f.1" are addresses to the parser, and to nobody else.
            && (address.ToString() == server.Address || server.Address.Contains(':', StringComparison.Ordinal)))
            return server with { Address = address.ToString() };
        throw ProxyErrors.ProxyRefused.Make(
            $"'{server.Address}' with the port {server.Port} is no server that a proxy could be given: an IP "
            + "address and a port from 1 to 65535 were expected.", "Has the instance an address in a network that the proxy reaches?",
                server.Address);
    }

    /// <summary>The servers; none twice.</summary>
    /// <exception cref="OpsException"><c>ProxyRefused</c>.</exception>
    public static IReadOnlyList<ProxyServer> Servers(IEnumerable<ProxyServer> servers)
    {
        ProxyServer[] known = [.. servers.Select(Server).Distinct()];
        return known.GroupBy(s => s.EndPoint).FirstOrDefault(g => g.Count() > 1) is not { } twice ? known
            : throw ProxyErrors.ProxyRefused.Make($"{twice.Key} is to serve and to drain at once.", "Name each server once.", twice.Key);
    }

    /// <summary>A server as a proxy writes it; null when it is no address and port.</summary>
    public static ProxyServer? Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)) return null;
        string host = text[..colon];
        if (host is ['[', .. var inner, ']']) host = inner;
        try { return Server(new ProxyServer(host, port)); }
        catch (OpsException) { return null; }
    }

    /// <summary>The path of a request that proves something: its own characters are those that no configuration reads as
    /// anything.</summary>
    /// <exception cref="OpsException"><c>ProxyRefused</c>.</exception>
    public static string RequestPath(string path) => PlainPath().IsMatch(path) ? path : throw ProxyErrors.ProxyRefused.Make(
        $"'{path}' cannot be the path of a proxy's proof: letters, digits and / . _ - ~ after a / were expected.",
            "Name a path such as /health.", path);

    /// <summary>The path of a file, as it may stand in a configuration.</summary>
    /// <exception cref="OpsException"><c>ProxyRefused</c>.</exception>
    public static string FilePath(string path) => PlainPath().IsMatch(path) && !path.Split('/').Contains("..") ? path
        : throw ProxyErrors.ProxyRefused.Make(
            $"'{path}' cannot be a path in a proxy's configuration: a full path of letters, digits and . _ - ~ was "
            + "expected.", "Choose another folder.", path);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"\A/[A-Za-z0-9/._~-]*\z")]
    private static partial Regex PlainPath();
}
