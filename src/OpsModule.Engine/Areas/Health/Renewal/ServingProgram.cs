using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>The web server that serves a certificate: in the containers of a service, or on this machine.</summary>
internal sealed class ServingProgram(OpsContext context, CertificateSettings certificate)
{
    /// <summary>Where it runs, in words.</summary>
    public string Description => certificate.Service is { } service ? $"the service {service}" : "the web server of this machine";

    /// <summary>Tests its settings; nothing happens when there is no test.</summary>
    /// <exception cref="OpsException"><c>WebServerTestFailed</c>, <c>ServiceNotRunning</c>, and what the platform reports.</exception>
    public Task TestAsync(CancellationToken cancellationToken) => RunAsync(certificate.Test, CertificateErrors.WebServerTestFailed, "does not pass its test", cancellationToken);

    /// <summary>Makes it read its files anew.</summary>
    /// <exception cref="OpsException"><c>WebServerReloadFailed</c>, <c>ServiceNotRunning</c>, and what the platform reports.</exception>
    public Task ReloadAsync(CancellationToken cancellationToken) => RunAsync(certificate.Reload, CertificateErrors.WebServerReloadFailed, "was not reloaded", cancellationToken);

    private async Task RunAsync(IReadOnlyList<string> command, ErrorCode error, string what, CancellationToken cancellationToken)
    {
        if (command.Count == 0) return;
        if (certificate.Service is not { } service)
        {
            try { await ProgramRunner.RunAsync(new ProgramCall(command[0], [.. command.Skip(1)]), null, cancellationToken).ConfigureAwait(false); }
            catch (OpsException e) when (e.ErrorId == "ProgramFailed") { throw Failed(error, what, e.Message, e); }
            return;
        }
        using IServicePlatform platform = context.OpenPlatform();
        ServiceRecord found = (await platform.ListAsync([service], cancellationToken).ConfigureAwait(false))[0];
        ServiceInstance[] running = [.. found.Instances.Where(i => i.State == InstanceState.Running)];
        if (running.Length == 0)
            throw new OpsException("ServiceNotRunning", OpsErrorCategory.ResourceUnavailable, $"No instance of {service} runs, which is to serve {certificate.Name}.", $"Start it: Start-OpsService {service}.", service);
        foreach (ServiceInstance instance in running)
        {
            var said = new MemoryStream();
            int code = await platform.ExecuteAsync(instance, new ExecuteRequest(command), (_, bytes) =>
            {
                lock (said) said.Write(bytes.Span);
                return ValueTask.CompletedTask;
            }, cancellationToken).ConfigureAwait(false);
            if (code != 0) throw Failed(error, what, $"{command[0]} in {instance.Name} failed with exit code {code}: {Encoding.UTF8.GetString(said.ToArray()).Trim()}", null);
        }
    }

    private OpsException Failed(ErrorCode error, string what, string detail, Exception? cause) => error.Make(
        $"{char.ToUpperInvariant(Description[0])}{Description[1..]} {what}: {detail.TrimEnd('.')}.", "Correct its settings, then run the command again.", certificate.Name, cause);
}
