using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Health.Changing;
using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Health;

/// <summary>
/// <para>Renews certificates with certbot, reloads the web server, and proves that the new chain is the one that is served.</para>
/// </summary>
/// <remarks>
/// <para>What there is stands under certificates in the environment file. A certificate is renewed when it has no more than -Within left, or
/// with -Force; one that is newer in its file than at its endpoint is only loaded. The web server's settings are tested before anything is
/// changed and again with the new files; then it is reloaded, in every container of its service or on this machine; then the endpoint is
/// looked at until it serves exactly what the file holds, the certificate and its chain.</para>
/// <para>Old files are copied to the environment's state folder before, readable for their owner only, and Undo-OpsChange puts them back.
/// When the new files break the web server, they are taken back at once. When they are only not served, they stay: they are good, and the
/// error says what is served in their place. A run that was killed is brought to its end by Resume-OpsChange; the next run tells of it, and
/// renews or loads what it finds undone.</para>
/// <para>With -Compromised the change stays open until the old certificate is revoked: Resume-OpsChange revokes it where the run was
/// killed, or
/// the authority could not be asked, after the renewal. The copies of the old files are removed with it.</para>
/// </remarks>
/// <example>
/// <code>Update-OpsCertificate -WhatIf</code>
/// <para>How long every certificate has left, whether it is served, and the plan of what would be done.</para>
/// </example>
/// <example>
/// <code>Update-OpsCertificate -Within 21d -Confirm:$false</code>
/// <para>For a timer: renews what has three weeks left or less, and nothing else.</para>
/// </example>
/// <example>
/// <code>Update-OpsCertificate shop -DryRun</code>
/// <para>Would a renewal work now? certbot tries it and keeps nothing.</para>
/// </example>
/// <example>
/// <code>Update-OpsCertificate shop -Compromised</code>
/// <para>Somebody else has the private key: a new one is served, and the old certificate revoked.</para>
/// </example>
/// <example>
/// <code>Update-OpsCertificate shop -Force -PlanFile renewal.json</code>
/// <para>The plan of a renewal, for somebody to look at with Get-OpsPlan and to carry out with Invoke-OpsPlan.</para>
/// </example>
[Cmdlet(VerbsData.Update, "OpsCertificate", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = "Renew")]
[OutputType(typeof(CertificateUpdate), typeof(ChangePlan))]
public sealed class UpdateOpsCertificateCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>Names of certificates in the environment file, in any case and with wildcards; all of them unless told.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "Renew")]
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "DryRun")]
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "Compromised")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CertificateCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Renews what has no more than this left: 30d, 2w. 30 days unless told.</summary>
    [Parameter(ParameterSetName = "Renew")]
    [Duration]
    public TimeSpan Within { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Renews whatever is left. Mind the limits of the certificate authority.</summary>
    [Parameter(ParameterSetName = "Renew")]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// The private key is known to others: a new key is made, the certificate renewed whatever is left and proven to be served, and then
    /// the old
    /// certificate revoked at its authority for that reason. Nothing brings that back, so that the certificates must be named.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = "Compromised")]
    public SwitchParameter Compromised { get; set; }

    /// <summary>Lets certbot try a renewal and keep nothing; no server is reloaded.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "DryRun")]
    public SwitchParameter DryRun { get; set; }

    /// <summary>Where the certificate is served (host:port), in place of what the environment file says; with it, a name that the file does not know is one of certbot's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Endpoint { get; set; }

    /// <summary>The kind of key that a renewal makes, in place of what the environment file says.</summary>
    [Parameter(ParameterSetName = "Renew")]
    [Parameter(ParameterSetName = "DryRun")]
    [Parameter(ParameterSetName = "Compromised")]
    [ValidateSet("ecdsa", "rsa")]
    public string? KeyType { get; set; }

    /// <summary>Seconds within which the web server must serve the new chain.</summary>
    [Parameter(ParameterSetName = "Renew")]
    [Parameter(ParameterSetName = "Compromised")]
    [Duration(Waits = true, Least = "1s", Most = "1h")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter(ParameterSetName = "Renew")]
    [Parameter(ParameterSetName = "Compromised")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var request = new CertificateUpdateRequest { Within = Within, Force = Force, Compromised = Compromised, Timeout = Timeout };
        foreach (CertificateSettings certificate in Find())
            await AttemptAsync(() => UpdateAsync(certificate, request, cancellationToken)).ConfigureAwait(false);
    }

    private async Task UpdateAsync(CertificateSettings certificate, CertificateUpdateRequest request, CancellationToken cancellationToken)
    {
        var planner = new CertificatePlanner(Context, certificate);
        if (DryRun)
        {
            if (await ShouldProcessAsync($"certificate {certificate.Name} at {certificate.Endpoint}", "Let certbot try a renewal and keep nothing").ConfigureAwait(false))
                Emit(await planner.TryAsync(cancellationToken).ConfigureAwait(false));
            return;
        }
        (ChangePlan? plan, CertificateUpdate now) = await planner.PlanAsync(request, cancellationToken).ConfigureAwait(false);
        if (plan is null) Emit(now);
        else if (await AskAsync(plan).ConfigureAwait(false)
            && (await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is { } update) Emit(update);
    }

    private IEnumerable<CertificateSettings> Find()
    {
        IReadOnlyDictionary<string, CertificateSettings> known = Context.Environment.Certificates;
        if (known.Count == 0 && Endpoint is null)
            throw new OpsException("NoCertificates", OpsErrorCategory.ObjectNotFound, $"The environment {Context.Environment.Name} names no certificates.",
                "Say where they are served: certificates: { shop: { endpoint: \"shop.example.net:443\" } }; or give a name of certbot's and -Endpoint.", Context.Environment.Name);
        // A piped environment has a Name, too, so that no parameter set can ask for it.
        if (Compromised && Name is null)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                "-Compromised has certificates revoked for good, and none was named.", "Name each whose key is known to others.");
        if (Endpoint is not null && Name is not [_])
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "-Endpoint is that of one certificate.", "Name exactly one.");
        IReadOnlyList<string> found = NamePattern.ChooseAll(Name ?? ["*"], [.. known.Keys], "certificate", Unknown, Endpoint is null ? Fail : _ => { });
        IEnumerable<CertificateSettings> meant = found.Count > 0 || Endpoint is null ? found.Select(n => known[n]) : [new CertificateSettings { Name = Name![0], Lineage = Name[0], Endpoint = Endpoint }];
        return meant.Select(c => c with { Endpoint = Endpoint ?? c.Endpoint, KeyType = KeyType ?? c.KeyType });

        OpsException Unknown(string name) => new("CertificateUnknown", OpsErrorCategory.ObjectNotFound, $"The environment {Context.Environment.Name} has no certificate {name}.",
            $"It has: {string.Join(", ", known.Keys)}. With -Endpoint, a name is one of certbot's.", name);
    }
}
