using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Rollouts;

/// <summary>
/// <para>Writes into the configuration of your nginx, HAProxy or Caddy what Update-OpsService needs to tell it the instances of a
/// service.</para>
/// </summary>
/// <remarks>
/// <para>nginx: a file of OpsModule's with the service's upstream, an include of its folder, the upstream's name behind proxy_pass, and a
/// log
/// beside yours that is written only while an update is measured. HAProxy: a server-template in the service's backend in the place of its
/// servers, the state file that brings servers through a reload, the stats socket and a frontend for proofs. Caddy: an @id for the handler
/// of the service in its JSON configuration, and a server for proofs.</para>
/// <para>Nothing else in the files changes. What is not understood is refused, with the line. The proxy tests the result, and the files
/// are put
/// back when it refuses them; it is not reloaded: what is left to do stands in Next. -WhatIf shows each changed line as a unified diff
/// (Figures of the plan).</para>
/// </remarks>
/// <example>
/// <code>New-OpsProxyConfiguration edge -Service api -WhatIf | Select-Object -ExpandProperty Figures | ForEach-Object Value</code>
/// <para>Shows what would be changed, as a diff.</para>
/// </example>
/// <example>
/// <code>New-OpsProxyConfiguration edge -Service api -Path ./nginx/shop.conf</code>
/// <para>Changes the file of an nginx that runs in a container, which lies on this machine.</para>
/// </example>
/// <example>
/// <code>New-OpsProxyConfiguration edge -Service api -Server 10.0.0.5:4000, 10.0.0.6:4000</code>
/// <para>For instances that the platform does not tell of.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "OpsProxyConfiguration", SupportsShouldProcess = true)]
[OutputType(typeof(ProxyConfiguration), typeof(ChangePlan))]
public sealed class NewOpsProxyConfigurationCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The proxies, by their names under proxies: in the environment file, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Proxy")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProxyCompleter))]
    public string[] Name { get; set; } = null!;

    /// <summary>The services behind it, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    public string[] Service { get; set; } = null!;

    /// <summary>
    /// Your own files on this machine that send requests to the service. By default they are those that nginx of this machine says it
    /// loads, and
    /// what 'configuration' of the proxy names.
    /// </summary>
    [Parameter]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string[]? Path { get; set; }

    /// <summary>The servers, as address:port; by default the instances that run.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Server { get; set; }

    /// <summary>The port that instances answer requests at; by default the only one that they have.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>HAProxy: how many servers its backend has room for; 8 by default. An update needs one more than there are
    /// instances.</summary>
    [Parameter]
    [ValidateRange(2, 1000)]
    public int Slots { get; set; } = 8;

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var planner = new ProxyConfigurationPlanner(Context);
        foreach (string proxy in planner.ChooseProxies(Name, Fail))
            foreach (string service in await planner.ChooseServicesAsync(Service, Fail, cancellationToken).ConfigureAwait(false))
                await AttemptAsync(() => ConfigureAsync(planner, new ProxyConfigurationRequest(proxy, service)
                {
                    Files = Path ?? [], Servers = Server ?? [], Port = Port, Slots = Slots,
                }, cancellationToken)).ConfigureAwait(false);
    }

    private async Task ConfigureAsync(ProxyConfigurationPlanner planner, ProxyConfigurationRequest request,
        CancellationToken cancellationToken)
    {
        ChangePlan? plan = await planner.PlanAsync(request, cancellationToken).ConfigureAwait(false);
        if (plan is null) Verbose($"{request.Proxy} can be told the servers of {request.Service} already.");
        else if (await AskAsync(plan).ConfigureAwait(false)
            && (await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is { } made) Emit(made);
    }
}
