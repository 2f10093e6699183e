using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies;

/// <summary>The catalogue of what goes wrong with proxies.</summary>
public static class ProxyErrors
{
    private const string Page = "concepts/rollouts.md#proxies";

    /// <summary>It does not answer.</summary>
    public static readonly ErrorCode ProxyUnreachable = new("ProxyUnreachable", OpsErrorCategory.ResourceUnavailable, Page);

    /// <summary>It does not take what it is told, or its own configuration is not valid; nothing has changed.</summary>
    public static readonly ErrorCode ProxyRefused = new("ProxyRefused", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Nothing of it names this service.</summary>
    public static readonly ErrorCode ProxyServiceUnknown = new("ProxyServiceUnknown", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>What stands in its configuration is not understood, and is left as it is.</summary>
    public static readonly ErrorCode ProxyConfigurationUnclear = new("ProxyConfigurationUnclear", OpsErrorCategory.InvalidData, Page);

    /// <summary>The environment names no such proxy.</summary>
    public static readonly ErrorCode ProxyNotFound = new("ProxyNotFound", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>It does not answer.</summary>
    internal static OpsException Unreachable(string proxy, string why, Exception? inner = null) => ProxyUnreachable.Make(
        $"{proxy} does not answer: {why.TrimEnd('.')}.", "Start it, or correct what proxies: in the environment file says of it.", proxy,
            inner);

    /// <summary>It does not take it.</summary>
    internal static OpsException Refused(string proxy, string words, string action) =>
        ProxyRefused.Make($"{proxy} takes no change: {words.Trim().TrimEnd('.')}. Nothing was changed.", action, proxy);

    /// <summary>It knows no such service.</summary>
    internal static OpsException Unknown(string proxy, string service, string what) => ProxyServiceUnknown.Make(
        $"{proxy} has nothing for the service {service}: {what.TrimEnd('.')}.",
        $"Let New-OpsProxyConfiguration write it: New-OpsProxyConfiguration <proxy> -Service {service} -WhatIf shows what.", service);
}
