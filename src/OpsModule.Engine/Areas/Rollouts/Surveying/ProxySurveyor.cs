using System.Net.Sockets;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>Finds the proxy before a service, and what of it speaks against an update.</summary>
internal sealed class ProxySurveyor(OpsContext context)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Looks for it.</summary>
    public async Task<RolloutSurvey> LookAsync(RolloutSurvey survey, List<RolloutFinding> findings, CancellationToken ct)
    {
        string wanted = survey.Options.Proxy!;
        if (wanted.Equals("none", StringComparison.OrdinalIgnoreCase)) return Without(survey, findings);
        (string[] names, bool isNamed) = NamesOf(wanted);
        var those = new List<string>();
        OpsException? unknown = null;
        foreach (string name in names)
        {
            try
            {
                using IServiceProxy proxy = await ProxyFactory.OpenAsync(context, name, ct).ConfigureAwait(false);
                await proxy.CheckAsync(survey.Service, ct).ConfigureAwait(false);
                those.Add(name);
                if (those.Count > 1) continue;
                findings.AddRange(await OfAsync(proxy, survey, ct).ConfigureAwait(false));
                survey = survey with { Proxy = name, ProxyWords = proxy.Description };
            }
            // One that does not know the service is not the one before it.
            catch (OpsException e) when (!isNamed && ProxyErrors.ProxyServiceUnknown.Is(e)) { unknown = e; }
            catch (OpsException e)
            {
                findings.Add(new RolloutFinding(survey.Service, e.ErrorId, RolloutEffect.Refused, e.Message, e.RecommendedAction));
                return survey with { Proxy = name };
            }
        }
        if (those.Count > 1)
            findings.Add(new RolloutFinding(survey.Service, "SeveralProxies", RolloutEffect.Refused,
                $"{string.Join(" and ", those)} each send requests to it, and only one proxy is told which instances there are.",
                "Name the one that clients ask (-Proxy, or services.NAME.rollout.proxy), and see that the others do not know instances "
                    + "by their addresses."));
        if (those.Count > 0) return survey;
        if (unknown is null || wanted.Equals("auto", StringComparison.OrdinalIgnoreCase)) return Without(survey, findings);
        findings.Add(new RolloutFinding(survey.Service, unknown.ErrorId, RolloutEffect.Refused, unknown.Message,
            unknown.RecommendedAction));
        return survey with { Proxy = names[0] };
    }

    /// <summary>Whether the proxy can take as many servers as there are at once; known when the order of things is.</summary>
    public async Task<RolloutFinding?> RoomAsync(RolloutSurvey survey, CancellationToken ct)
    {
        if (survey.ProxyWords is null) return null;
        try
        {
            using IServiceProxy proxy = await ProxyFactory.OpenAsync(context, survey.Proxy!, ct).ConfigureAwait(false);
            await proxy.CheckRoomAsync(survey.Service, survey.AtOnce(survey.Strategy), ct).ConfigureAwait(false);
            return null;
        }
        catch (OpsException e)
        {
            return new RolloutFinding(survey.Service, e.ErrorId, RolloutEffect.Refused, e.Message, e.RecommendedAction);
        }
    }

    /// <summary>The proxies that may be meant, and whether it is one that was named.</summary>
    private (string[] Names, bool IsNamed) NamesOf(string wanted)
    {
        ProxySettings[] known = [.. ProxyFactory.Known(context)];
        if (wanted.Equals("auto", StringComparison.OrdinalIgnoreCase)) return ([.. known.Select(p => p.Name)], false);
        string[] ofKind = known.Any(p => p.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)) ? []
            : [.. known.Where(p => p.Kind.ToString().Equals(wanted, StringComparison.OrdinalIgnoreCase)).Select(p => p.Name)];
        // Of what is neither a name nor a kind its factory says that there is none.
        return ofKind.Length == 0 ? ([wanted], true) : (ofKind, false);
    }

    /// <summary>What a proxy has for the service beside its instances.</summary>
    internal static async Task<IReadOnlyList<RolloutFinding>> OfAsync(IServiceProxy proxy, RolloutSurvey survey, CancellationToken ct)
    {
        var findings = new List<RolloutFinding>();
        if (proxy.Weakness is { } weak)
            findings.Add(new RolloutFinding(survey.Service, "ProxyResetsConnections", RolloutEffect.Told, weak.Words, weak.Remedy));
        foreach (string route in await proxy.FindBypassesAsync(survey.Service, ct).ConfigureAwait(false))
            findings.Add(new RolloutFinding(survey.Service, "RouteByName", RolloutEffect.Told,
                $"{proxy.Description} sends requests by its name as well ({route}): it looks up the addresses when it is loaded, and goes "
                    + "on sending to one that is gone.", "Let that route lead to the same upstream, which is told of each instance."));
        IReadOnlyList<ProxyServer> has = await proxy.ReadAsync(survey.Service, ct).ConfigureAwait(false);
        ProxyServer[] strange = [.. has.Where(s => !IsOf(s, survey.Instances))];
        foreach (ProxyServer server in strange)
            findings.Add(await AnswersAsync(server, ct).ConfigureAwait(false)
                ? new RolloutFinding(survey.Service, "ForeignServers", RolloutEffect.Refused,
                    $"{proxy.Description} sends requests of it to {server.EndPoint} as well, where something listens that is none of its "
                        + "instances here, and would get none after an update.",
                    "Where it belongs to the service, bring it out by its own means and without this proxy (-Proxy None); else take it out "
                        + "of the proxy first.")
                : new RolloutFinding(survey.Service, "StaleServers", RolloutEffect.Told,
                    $"{proxy.Description} has {server.EndPoint}, which is no instance of it and does not answer: it is taken out.", null));
        return findings;
    }

    /// <summary>By an address of an instance, or by a port of this machine that leads to one.</summary>
    internal static bool IsOf(ProxyServer server, IReadOnlyList<InstanceFacts> instances) =>
        ServedPort.Of(server, instances) is not null;

    private static async Task<bool> AnswersAsync(ProxyServer server, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            await using NetworkStream connection = await ProxyRoute.OfPort(server.Address, server.Port).ConnectAsync(limit.Token)
                .ConfigureAwait(false);
            return true;
        }
        catch (SocketException) { return false; }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return false; }
    }

    private static RolloutSurvey Without(RolloutSurvey survey, List<RolloutFinding> findings)
    {
        findings.Add(new RolloutFinding(survey.Service, "NoProxy", RolloutEffect.Told,
            "No proxy is told which instances there are: whoever sends requests finds the new ones by himself, and may send some to an "
                + "old one that ends.",
            "Name the proxy before it under proxies: in the environment file, and run New-OpsProxyConfiguration."));
        return survey;
    }
}
