using System.Diagnostics.CodeAnalysis;
using System.Net;
using OpsModule.Connections.Vaults;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Environments;

/// <summary>URLs that something is sent to. They may hold a secret, so only their host is ever shown.</summary>
internal static class HttpTargets
{
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is "http" or "https" && url.Host.Length > 0;

    /// <summary>True when what is sent there can be read on the way: http, and not to this machine.</summary>
    public static bool IsInClear(Uri url) => url.Scheme == "http" && !IsLoopback(url.Host);

    /// <summary>Refuses to send a secret that could be read on the way.</summary>
    /// <exception cref="OpsException"><c>CredentialsInClear</c>.</exception>
    public static void RefuseInClear(Uri url, bool credentials)
    {
        if (credentials && IsInClear(url))
            throw new OpsException("CredentialsInClear", OpsErrorCategory.PermissionDenied, $"a password or token would go to {url.Host} without TLS", "Use a URL that begins with https://.");
    }

    /// <summary>True for a host name or address of this machine.</summary>
    public static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>The URL behind a reference.</summary>
    /// <exception cref="OpsException"><c>SecretNotFound</c>, <c>UrlInvalid</c>.</exception>
    public static Uri Resolve(SecretReference reference) => TryParse(reference.Resolve().Trim(), out Uri? url) ? url
        : throw new OpsException("UrlInvalid", OpsErrorCategory.InvalidArgument, $"What {reference} leads to is no URL that begins with http:// or https://.",
            "Correct the secret, or the reference in the environment file.", reference.ToString());
}
