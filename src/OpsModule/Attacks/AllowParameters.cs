using System.Net;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Foundations.Errors;

namespace OpsModule.Attacks;

/// <summary>Makes an allow-list and a list of proxies of what the environment and the parameters -Allow, -AllowList and -TrustedProxy say.</summary>
internal static class AllowParameters
{
    public static AllowList Read(AttackSettings settings, string[]? entries, string[]? files) =>
        new([.. settings.Allow, .. (entries ?? []).Select(AllowEntry.Parse), .. ProviderPaths.Expand(files).SelectMany(AllowList.ReadFile)]);

    /// <summary>The proxies that are believed.</summary>
    /// <exception cref="OpsException"><c>ProxyInvalid</c>.</exception>
    public static IReadOnlyList<IPNetwork> Proxies(AttackSettings settings, string[]? proxies) => [.. settings.TrustedProxies, .. (proxies ?? []).Select(p => AllowEntry.ParseNetwork(p)
        ?? throw new OpsException("ProxyInvalid", OpsErrorCategory.InvalidArgument, $"'{p}' is no address of a proxy.", "Write an address or a network: -TrustedProxy 10.0.0.0/8, 2001:db8::5.", p))];
}
