using System.Management.Automation;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;

namespace OpsModule.Secrets;

/// <summary>
/// Says that the old value of a secret was disabled elsewhere, and ends the rotation that waited for that.
/// </summary>
/// <remarks>
/// <para>Where somebody else makes a value (a DSN, an access key), nothing here can end the old one: its rotation waits, and Test-OpsHealth
/// reminds of it after a week. When the old value was disabled there, this goes on: the old value is tried where that is possible, and
/// when it is refused the rotation has ended.</para>
/// </remarks>
/// <example>
/// <code>Complete-OpsSecretRotation sentry</code>
/// <para>After the old key was disabled at Sentry.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Complete, "OpsSecretRotation", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RotationResult))]
public sealed class CompleteOpsSecretRotationCommand : OpsEnvironmentCmdlet
{
    /// <summary>The secrets, by their names in the environment file, in any case and with wildcards.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SecretCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        CheckPipedIsOfThis();
        foreach (string name in new SecretCatalog(Context).Choose(Name, Fail))
            await AttemptAsync(() => CompleteAsync(name, cancellationToken)).ConfigureAwait(false);
    }

    private async Task CompleteAsync(string name, CancellationToken cancellationToken)
    {
        var completion = new ByHandCompletion(Context);
        JournalEntry waiting = completion.Find(name);
        if (!await ShouldProcessAsync($"secret {name} of {Context.Environment.Name}",
            $"Take its old value as disabled elsewhere, and end the rotation of {waiting.StartedAt:u}").ConfigureAwait(false)) return;
        try { await completion.CompleteAsync(name, cancellationToken).ConfigureAwait(false); }
        finally
        {
            foreach (RotationResult result in new RotationReport(Context).Of(waiting.Id).Where(r => r.Name == name)) Emit(result);
        }
    }
}
