using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Reaching;

namespace OpsModule.Services;

/// <summary>
/// <para>Gives this terminal to a program inside a service: a shell, or another one such as psql.</para>
/// </summary>
/// <remarks>
/// <para>The program runs in one instance, by docker exec, kubectl exec, or on the host itself, until it ends. The journal has when that
/// began and
/// ended, who did it, the program and its exit code; what is typed is in no journal. Where there is no terminal (a job, a schedule, a pipe)
/// it is an error:
/// Invoke-OpsServiceCommand runs programs there. In a pod -User cannot be given.</para>
/// </remarks>
/// <example>
/// <code>Enter-OpsService api</code>
/// <para>Opens a shell in a container of api.</para>
/// </example>
/// <example>
/// <code>Enter-OpsService postgres -Program psql, '-U', app -User postgres</code>
/// <para>Opens psql in the database's container.</para>
/// </example>
[Cmdlet(VerbsCommon.Enter, "OpsService", SupportsShouldProcess = true)]
public sealed class EnterOpsServiceCommand : OpsServiceCmdlet
{
    /// <summary>The program and its arguments, each by itself; sh unless told.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string[] Program { get; set; } = ["sh"];

    /// <summary>Who runs it; otherwise the service's own user.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>The instance, by name or id; otherwise the first that is ready.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Instance { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        ServiceRecord service = await FindOneServiceAsync(cancellationToken).ConfigureAwait(false);
        ServiceInstance instance = ServiceCommand.Choose(service, Instance);
        if (!await ShouldProcessAsync($"{instance.Name} of {service.Environment}", $"Run {CommandText.Of(Program)} in this terminal")
            .ConfigureAwait(false)) return;
        int exitCode = await new ServiceTerminal(Context).RunAsync(instance, Program, User, cancellationToken).ConfigureAwait(false);
        Verbose($"{CommandText.Program(Program)} in {instance.Name}: exit code {exitCode}.");
    }
}
