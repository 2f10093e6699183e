using System.Management.Automation;
using System.Net;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Keys;

/// <summary>
/// Makes a key of an API where keys are kept, and shows it once.
/// </summary>
/// <remarks>
/// <para>The key is a SecureString, which stays behind when the object goes into a job, a file or another session; -AsPlainText gives the
/// text, and nothing else. It is kept nowhere here: what was not taken is lost, and revoked by Undo-OpsChange, as is one whose answer was
/// lost. Of a list in a variable no key is made by this: rotate it.</para>
/// </remarks>
/// <example>
/// <code>(New-OpsApiKey acme).Key | ConvertFrom-SecureString -AsPlainText | Set-Clipboard</code>
/// <para>Makes a key for a client, and puts it into the clipboard.</para>
/// </example>
/// <example>
/// <code>$key = New-OpsApiKey acme -Secret partners -AsPlainText -Reason 'new client'</code>
/// <para>The key as text.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "OpsApiKey", SupportsShouldProcess = true)]
[OutputType(typeof(NewApiKey), typeof(string), typeof(ChangePlan))]
public sealed class NewOpsApiKeyCommand : OpsEnvironmentCmdlet
{
    /// <summary>The key's name. The change's id is put behind it where keys are kept.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidatePattern("^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$")]
    public string Name { get; set; } = null!;

    /// <summary>The secret of the environment file that says where keys are kept; may be left out where there is one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ApiKeySecretCompleter))]
    public string? Secret { get; set; }

    /// <summary>Why it is done, for the journal.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>Gives the key itself as text, and nothing else.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        string secret = new ApiKeyCatalog(Context).ChooseOne(Secret);
        ChangePlan plan = await new ApiKeyPlanner(Context).PlanNewAsync(secret, Name, Reason, cancellationToken).ConfigureAwait(false);
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        if ((await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is not NewApiKey made) return;
        if (AsPlainText) Emit(new NetworkCredential("", made.Key).Password);
        else Emit(made);
    }
}
