using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Rollouts.Proxies.Changing;

/// <summary>Plans what a proxy's configuration needs, so that Update-OpsService can tell it the servers of a service.</summary>
public sealed class ProxyConfigurationPlanner(OpsContext context)
{
    /// <summary>Looks at the files; null when nothing is left to do.</summary>
    /// <exception cref="OpsException"><c>ProxyNotFound</c>, <c>ProxyConfigurationUnclear</c>, <c>ProxyRefused</c>, and what the platform
    /// reports.</exception>
    public async Task<ChangePlan?> PlanAsync(ProxyConfigurationRequest request, CancellationToken cancellationToken)
    {
        ProxySettings settings = ProxyFactory.Find(context, request.Proxy);
        string service = ProxyNames.Service(request.Service);
        var reader = new ProxyFiles(context, settings, service);
        IReadOnlyList<string> files = request.Files.Count > 0 ? request.Files
            : await reader.FindAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ConfiguredServer> configured = reader.FindServers(files);
        ConfiguredPort.Require(configured, service);
        IReadOnlyList<ProxyServer> servers = request.Servers.Count > 0 ? [.. request.Servers.Select(Parse)]
            : await RunningAsync(settings, service, request.Port, configured, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ProxyFile> read = await reader.ReadAsync(files, servers, request.Slots, cancellationToken).ConfigureAwait(false);
        if (!read.Any(f => f.Changes)) return null;
        return new ChangePlan
        {
            Environment = context.Environment.Name,
            Kind = ConfigureProxy.KindName,
            Action = "New-OpsProxyConfiguration",
            Target = ConfigureProxy.TargetOf(settings.Name, service),
            Subject = $"the configuration of {settings}",
            Summary = $"Let it be told the servers of {service}: {string.Join(", ", read.Where(f => f.Changes).Select(f => f.Path))}",
            Arguments = new Dictionary<string, string>
            {
                [ConfigureProxy.Proxy] = settings.Name, [ConfigureProxy.Service] = service,
                    [ConfigureProxy.Files] = string.Join('\n', files),
                [ConfigureProxy.Servers] = string.Join('\n', servers.Select(s => s.EndPoint)),
                    [ConfigureProxy.Slots] = request.Slots.ToString(CultureInfo.InvariantCulture),
            },
            Identities = ConfigureProxy.Identities(read),
            Steps =
            [
                new PlannedStep("keep", "Copy the files as they are into the state folder."),
                new PlannedStep("write", $"Write {string.Join(", ", read.Where(f => f.Changes).Select(f => f.Path))}."),
                new PlannedStep("test", $"Ask {settings.Kind} whether its configuration is valid, and put the files back when it is not."),
            ],
            Figures = [.. read.Where(f => f.Changes).Select(f => new PlanFigure(f.Path, f.Diff))],
            Undo = "Undo-OpsChange puts the files back, as long as nobody has changed them since.",
            PlannedAt = context.Time.GetUtcNow(),
        };
    }

    /// <summary>The proxies that are meant; a name that is unknown fails alone.</summary>
    public IReadOnlyList<string> ChooseProxies(IReadOnlyList<string> names, Action<OpsException> fail)
    {
        var meant = new List<string>();
        foreach (string name in names)
        {
            try
            {
                IReadOnlyList<string> found = NamePattern.Choose(name, ProxyFactory.Known(context).Select(p => p.Name), "proxy");
                meant.AddRange(found.Count > 0 || NamePattern.HasWildcard(name) ? found : [ProxyFactory.Find(context, name).Name]);
                if (found.Count == 0) throw NamePattern.Nothing(name, ProxyFactory.Known(context).Select(p => p.Name), "proxy");
            }
            catch (OpsException e) { fail(e); }
        }
        return [.. meant.Distinct()];
    }

    /// <summary>The services that are meant. Without wildcards a name is taken as it is: a proxy may serve what no platform runs.</summary>
    /// <exception cref="OpsException">What the platform reports.</exception>
    public async Task<IReadOnlyList<string>> ChooseServicesAsync(IReadOnlyList<string> names, Action<OpsException> fail,
        CancellationToken cancellationToken)
    {
        var meant = new List<string>();
        string[]? known = null;
        foreach (string name in names)
        {
            if (!NamePattern.HasWildcard(name))
            {
                meant.Add(name);
                continue;
            }
            known ??= [.. (await context.Platform().ListAsync(null, cancellationToken).ConfigureAwait(false)).Select(s => s.Name)];
            IReadOnlyList<string> found = NamePattern.Choose(name, known, "service");
            if (found.Count == 0) fail(NamePattern.Nothing(name, known, "service"));
            meant.AddRange(found);
        }
        return [.. meant.Distinct()];
    }

    private static ProxyServer Parse(string text) => ProxyNames.Parse(text) ?? throw ProxyErrors.ProxyRefused.Make(
        $"'{text}' is no server: an IP address and a port were expected.", "Write it as 10.0.0.5:4000 or [fd00::5]:4000.", text);

    /// <summary>The instances that run, at addresses that the proxy reaches.</summary>
    private async Task<IReadOnlyList<ProxyServer>> RunningAsync(ProxySettings settings, string service, int? asked,
        IReadOnlyList<ConfiguredServer> configured, CancellationToken ct)
    {
        ServiceInstance[] running = [.. (await context.Platform().ListAsync([service], ct).ConfigureAwait(false)).SelectMany(s =>
            s.Instances).Where(i => i.State == InstanceState.Running)];
        using IServiceProxy proxy = await ProxyFactory.OpenAsync(context, settings.Name, ct).ConfigureAwait(false);
        int? port = ConfiguredPort.Of(configured, running, asked, service);
        var servers = new List<ProxyServer>();
        foreach (ServiceInstance instance in running)
        {
            int[] ports = [.. instance.Ports.Where(p => p.Protocol == "tcp").Select(p => p.Container).Distinct()];
            int at = port ?? (ports is [var one] ? one
                : throw Unclear($"{instance.Name} has {ports.Length} ports, so that nobody knows which one answers requests",
                    "Say it with -Port."));
            string address = await AddressAsync(instance, proxy.Networks, ct).ConfigureAwait(false)
                ?? throw Unclear($"{instance.Name} has no address that {proxy.Description} reaches",
                    "Put both into one network, or give the servers with -Server.");
            servers.Add(ProxyNames.Server(new ProxyServer(address, at)));
        }
        return servers.Count > 0 ? servers
            : throw Unclear($"no instance of {service} runs, and a proxy without servers answers nothing but errors",
            $"Start it (Start-OpsService {service}), or give the servers with -Server.");

        OpsException Unclear(string what, string action) =>
            ProxyErrors.ProxyConfigurationUnclear.Make($"{char.ToUpperInvariant(what[0])}{what[1..]}. Nothing was changed.", action,
                service);
    }

    private async Task<string?> AddressAsync(ServiceInstance instance, IReadOnlyList<string>? networks, CancellationToken ct)
    {
        if (networks is null || context.Platform().Rolling is not IInstanceRollout rolling) return instance.Address;
        InstanceFacts? facts = await rolling.LookAsync(instance.Id, ct).ConfigureAwait(false);
        return networks.Select(n => facts?.Addresses.GetValueOrDefault(n)).FirstOrDefault(a => a is not null);
    }
}
