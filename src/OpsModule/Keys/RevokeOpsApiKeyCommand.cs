using System.Management.Automation;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Keys;

/// <summary>
/// Revokes keys of an API, and sees by the list that they are revoked.
/// </summary>
/// <remarks>
/// <para>Those that the plan names are revoked, and no others. Where keys are kept in a table Undo-OpsChange makes the same ones valid
/// again; behind an endpoint, and by a program, what was revoked stays revoked. With -All every key of every secret of the kind apiKey is
/// refused: where a variable lists them, one new key takes the place of all of them, and the services that read it are replaced.</para>
/// <para>A service that caches what it knows of keys accepts one until that has ended.</para>
/// </remarks>
/// <example>
/// <code>Revoke-OpsApiKey acme -Reason 'contract has ended'</code>
/// <para>Revokes all keys of a name.</para>
/// </example>
/// <example>
/// <code>Get-OpsApiKey -Usage | Where-Object Uses -eq 0 | Revoke-OpsApiKey</code>
/// <para>Revokes just those that the logs tell of no use of.</para>
/// </example>
/// <example>
/// <code>Revoke-OpsApiKey -OlderThan 365d -Secret partners -WhatIf</code>
/// <para>Shows which keys are older than a year.</para>
/// </example>
/// <example>
/// <code>Revoke-OpsApiKey -All -Reason 'the table was copied' -Confirm:$false</code>
/// <para>Cuts off everybody.</para>
/// </example>
[Cmdlet(VerbsSecurity.Revoke, "OpsApiKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "Name")]
[OutputType(typeof(KeyRevocationResult), typeof(RotationResult), typeof(ChangePlan))]
public sealed class RevokeOpsApiKeyCommand : OpsEnvironmentCmdlet
{
    /// <summary>Names or ids of keys, in any case and with wildcards. All keys of a name are meant, the newest one, too.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = null!;

    /// <summary>Ids of keys, as they are: what Get-OpsApiKey gives is revoked, and no other key of the same name.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Id")]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = null!;

    /// <summary>All keys that are older. One whose age nobody tells is left out, with a warning.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "OlderThan")]
    [Duration(Least = "1s")]
    public TimeSpan OlderThan { get; set; }

    /// <summary>All keys.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "All")]
    public SwitchParameter All { get; set; }

    /// <summary>
    /// The secrets of the environment file that say where keys are kept, in any case and with wildcards; with -All, and where there is one,
    /// it may be left out.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ApiKeySecretCompleter))]
    public string[]? Secret { get; set; }

    /// <summary>Why it is done, for the journal.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        CheckPipedIsOfThis();
        var catalog = new ApiKeyCatalog(Context);
        if (ParameterSetName == "All" && All.IsPresent)
        {
            await RevokeAllAsync(catalog.ChooseSome(Secret, Fail), cancellationToken).ConfigureAwait(false);
            return;
        }
        if (ParameterSetName == "All")
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "-All:$false means no key.",
                "Give -Name or -OlderThan.");
        // Two APIs may have clients of the same name.
        IReadOnlyList<string> secrets = Secret is null ? [catalog.ChooseOne(null)] : catalog.Choose(Secret, Fail);
        ApiKeyChoice choice = ParameterSetName switch
        {
            "Name" => new ApiKeyChoice { Names = Name },
            "Id" => new ApiKeyChoice { Ids = Id },
            _ => new ApiKeyChoice { OlderThan = OlderThan },
        };
        foreach (string secret in secrets)
            await AttemptAsync(() => RevokeAsync(secret, choice, cancellationToken)).ConfigureAwait(false);
    }

    private async Task RevokeAsync(string secret, ApiKeyChoice choice, CancellationToken cancellationToken)
    {
        ChangePlan? plan = await new ApiKeyPlanner(Context).PlanRevokeAsync(secret, choice, Reason, cancellationToken)
            .ConfigureAwait(false);
        if (plan is not null) await MakeAsync(plan, cancellationToken).ConfigureAwait(false);
        else if ((choice.Names ?? choice.Ids) is { } names)
            throw new OpsException("ApiKeyUnknown", OpsErrorCategory.ObjectNotFound,
                $"{secret} has no valid key {string.Join(", ", names)}.", $"Get-OpsApiKey -Secret {secret} lists all.", secret);
        else Verbose($"{secret} has no valid key that is older.");
    }

    private async Task RevokeAllAsync(IReadOnlyList<string> secrets, CancellationToken cancellationToken)
    {
        // Each is planned when the one before is done: both may stand in one file.
        await foreach (ChangePlan plan in new RevokeAllKeys(Context).PlanAsync(secrets, Reason, (_, e) => Fail(e), cancellationToken)
            .ConfigureAwait(false))
            await AttemptAsync(() => MakeAsync(plan, cancellationToken)).ConfigureAwait(false);
    }

    private async Task MakeAsync(ChangePlan plan, CancellationToken cancellationToken)
    {
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        var runner = new ChangeRunner(Context);
        ChangeResult? made = null;
        try { made = await runner.RunAsync(plan, cancellationToken).ConfigureAwait(false); }
        finally
        {
            if (made?.Value is { } revoked) Emit(revoked);
            else if (runner.Latest is { } change)
                foreach (RotationResult result in new RotationReport(Context).Of(change)) Emit(result);
        }
    }
}
