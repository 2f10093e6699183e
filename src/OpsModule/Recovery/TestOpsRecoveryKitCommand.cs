using System.Management.Automation;
using OpsModule.Engine.Areas.Recovery.Kits;
using OpsModule.Engine.Changes;

namespace OpsModule.Recovery;

/// <summary>
/// <para>Tests a recovery kit: whether the private key opens it, whether it is whole, and whether it still describes the
/// environment.</para>
/// </summary>
/// <remarks>
/// <para>Emits one object for each finding; a last one says so when nothing is wrong. Errors: no key opens it (KitLocked), it is
/// damaged (KitDamaged),
/// ops.yaml has changed since (KitOutdated), it is too old (KitOld), it leads to no backup or is of another environment. Warnings:
/// a store that could not
/// be read, roles or passwords that are missing, backups that retention has removed since.</para>
/// <para>Where there is no environment, as on an empty machine, it is opened and read, and not compared. Nothing is unpacked to
/// disk.</para>
/// </remarks>
/// <example>
/// <code>Test-OpsRecoveryKit /media/usb/shop-recovery-kit.tar.age -Identity /media/key/identity.txt</code>
/// <para>Opens the kit with the key that lies elsewhere, and compares it with the environment.</para>
/// </example>
/// <example>
/// <code>Test-OpsRecoveryKit /srv/kits/*.age -MaximumAge 30d | Assert-OpsResult</code>
/// <para>For a schedule: an error when one of the kits is older than 30 days or than its ops.yaml.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsRecoveryKit", DefaultParameterSetName = "Path")]
[OutputType(typeof(RecoveryKitFinding))]
public sealed class TestOpsRecoveryKitCommand : OpsEnvironmentCmdlet
{
    /// <summary>The kits' files; wildcards are allowed. What Export-OpsRecoveryKit gives can be piped.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    public string[]? Path { get; set; }

    /// <summary>The kits' files, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <summary>The file with the private key of age; the environment's backups.encryption.identity when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Identity { get; set; }

    /// <summary>How old a kit may be: 90 days unless told.</summary>
    [Parameter]
    [Duration(Least = "1h")]
    public TimeSpan MaximumAge { get; set; } = TimeSpan.FromDays(90);

    private protected override bool ReadsFiles => true;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        OpsContext? context = EnvironmentIfAny is null ? null : Context;
        var tester = new RecoveryKitTester(context, TimeProvider.System);
        foreach (string pattern in Path ?? LiteralPath ?? [])
            await AttemptAsync(async () =>
            {
                foreach (string file in ProviderPaths.Expand([pattern]))
                    foreach (RecoveryKitFinding finding in await tester.TestAsync(file, Identity, MaximumAge, cancellationToken)
                        .ConfigureAwait(false)) Emit(finding);
            }).ConfigureAwait(false);
    }
}
