using System.Management.Automation;
using System.Net;
using System.Security;
using OpsModule.Engine.Areas.Secrets.EnvFiles;
using OpsModule.Engine.Areas.Secrets.EnvFiles.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Files;

namespace OpsModule.Secrets;

/// <summary>
/// <para>Gives a key of an env file another value. Every other byte of the file stays, and Compose itself says whether services get the
/// value
/// as it is.</para>
/// </summary>
/// <remarks>
/// <para>Comments, order, quotes, export, line ends, a byte order mark and lines that come twice stay; so do owner, mode, access lists and
/// attributes, and a link stays a link. The file is replaced at once. Where a running container has it mounted by itself it is written in
/// place, and Written says so.</para>
/// <para>The value is written in a form that the Compose in use reads back, and Compose is asked for it; what it does not carry is refused
/// with nothing changed. Services get it when they are made anew: Update-OpsService.</para>
/// <para>It is a change: journaled, and taken back by Undo-OpsChange as long as nobody has changed the file since. For that the file as it
/// was lies sealed in the state folder until the next change of it. Neither -WhatIf nor the journal says a value.</para>
/// </remarks>
/// <example>
/// <code>Set-OpsEnvFileValue .env SMTP_PASSWORD -Value (Read-Host -AsSecureString)</code>
/// <para>Asks for the value, and writes it.</para>
/// </example>
/// <example>
/// <code>Set-OpsEnvFileValue .env API_KEY -ValueFile /run/handed-in/key -WhatIf</code>
/// <para>Shows what would be done with a value from a file.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "OpsEnvFileValue", SupportsShouldProcess = true, DefaultParameterSetName = "Value")]
[OutputType(typeof(EnvFileValue), typeof(ChangePlan))]
public sealed class SetOpsEnvFileValueCommand : OpsEnvironmentCmdlet
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>The env file, which must be there.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string Path { get; set; } = null!;

    /// <summary>The key; one that is not there yet is put at the end.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Key { get; set; } = null!;

    /// <summary>The value.</summary>
    [Parameter(Mandatory = true, Position = 2, ParameterSetName = "Value")]
    [ValidateNotNull]
    public SecureString Value { get; set; } = null!;

    /// <summary>A file whose text is the value; a line end that closes it is none of it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "File")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string ValueFile { get; set; } = null!;

    private protected override bool ReadsFiles => true;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        string value = ParameterSetName == "File" ? OfFile() : new NetworkCredential("", Value).Password;
        var planner = new EnvFilePlanner(Context);
        ChangePlan? plan = await planner.PlanAsync(Path, Key, value, cancellationToken).ConfigureAwait(false);
        if (plan is null)
        {
            Verbose($"{Key} in {Path} has this value already.");
            return;
        }
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        planner.Keep(plan, value);
        if ((await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is { } made) Emit(made);
    }

    private string OfFile()
    {
        string text = TextFile.Read(ValueFile, MaxBytes, fault => throw EnvFileErrors.ValueInvalid.Make(fault.Message,
            "Name a file that holds the value as UTF-8 text.", ValueFile)) ?? "";
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
    }
}
