using System.Management.Automation;
using OpsModule.Engine.Areas.Recovery.Kits;
using OpsModule.Foundations.Errors;

namespace OpsModule.Recovery;

/// <summary>
/// <para>Writes a recovery kit: one encrypted file with which a person brings the data back on an empty machine, without this
/// module.</para>
/// </summary>
/// <remarks>
/// <para>In it are ops.yaml as it is, where the stores are, the newest backups of each with size, SHA-256 and manifest, the roles
/// and tablespaces of
/// their servers, which key opens what, and a page, README.md, whose commands are run as they stand: age, zstd, psql, pg_restore.
/// No private key is in
/// it, and no secret that ops.yaml only refers to; the page lists what must come from elsewhere.</para>
/// <para>It is a tar inside age: age -d -i IDENTITY KIT | tar -xf - in an empty folder. Keep it where neither the machine nor the
/// stores are, apart from
/// the private key. Export it anew when ops.yaml changes and at least as often as retention removes the backups that it tells of;
/// Test-OpsRecoveryKit
/// says when that is. A store that cannot be read is warned of, and the kit says so.</para>
/// </remarks>
/// <example>
/// <code>Export-OpsRecoveryKit /media/usb/ -Force</code>
/// <para>Writes the kit of the environment into a folder, in the place of the one of last month, encrypted to the recipients of
/// its backups.</para>
/// </example>
/// <example>
/// <code>Export-OpsRecoveryKit kit.age -Recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p -IncludeModule</code>
/// <para>Writes one that another key opens, with the module itself.</para>
/// </example>
/// <example>
/// <code>Export-OpsRecoveryKit kit.age -Force | Test-OpsRecoveryKit -Identity /media/key/identity.txt | Assert-OpsResult</code>
/// <para>Writes one, and proves that the key opens it.</para>
/// </example>
[Cmdlet(VerbsData.Export, "OpsRecoveryKit", SupportsShouldProcess = true)]
[OutputType(typeof(RecoveryKitRecord))]
public sealed class ExportOpsRecoveryKitCommand : OpsEnvironmentCmdlet
{
    /// <summary>The file to write, or a folder to make one in.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string Path { get; set; } = "";

    /// <summary>Public keys of age that open it, each alone; those of backups.encryption.recipients when left out. Without any
    /// there is no kit.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Recipient { get; set; }

    /// <summary>Puts this module into it, without the code that was compiled ahead for one kind of machine.</summary>
    [Parameter]
    public SwitchParameter IncludeModule { get; set; }

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var request = new RecoveryKitRequest
        {
            Path = Path, Recipients = Recipient ?? [], Replaces = Force, ModuleFolder = IncludeModule ? ModuleFolder() : null,
        };
        var exporter = new RecoveryKitExporter(Context);
        (string file, string words) = await exporter.PlanAsync(request, cancellationToken).ConfigureAwait(false);
        if (await ShouldProcessAsync(file, words).ConfigureAwait(false)) Emit(await exporter.RunAsync(request, cancellationToken)
            .ConfigureAwait(false));
    }

    private string ModuleFolder() => MyInvocation.MyCommand.Module?.ModuleBase
        ?? throw new OpsException("ModuleFolderUnknown", OpsErrorCategory.InvalidOperation,
            "The module was not loaded from a folder of its own, so it cannot be put into the kit.",
            "Import it by its OpsModule.psd1, or leave -IncludeModule out.");
}
