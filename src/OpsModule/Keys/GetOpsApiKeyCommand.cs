using System.Management.Automation;
using OpsModule.Engine.Areas.Keys;

namespace OpsModule.Keys;

/// <summary>
/// Lists the keys of an API where they are kept: names, ids, ages. Never a key.
/// </summary>
/// <remarks>
/// <para>Where keys are kept is said by secrets: in the environment file, with apiKey: an endpoint for administrators, a program of the
/// service, a table, or a list in a variable. Keys of a list have no ids: there a fingerprint stands in its place.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsApiKey | Where-Object { -not $_.IsRevoked -and $_.Age -gt '90d' }</code>
/// <para>Valid keys that are older than 90 days.</para>
/// </example>
/// <example>
/// <code>Get-OpsApiKey -Secret partners -Usage | Where-Object Uses -eq 0</code>
/// <para>Those that the logs tell of no use of.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsApiKey")]
[OutputType(typeof(ApiKeyRecord))]
public sealed class GetOpsApiKeyCommand : OpsEnvironmentCmdlet
{
    /// <summary>Names or ids of keys, in any case and with wildcards; all of them when it is left out.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>
    /// The secrets of the environment file that say where keys are kept, in any case and with wildcards; all of them when it is left out.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ApiKeySecretCompleter))]
    public string[]? Secret { get; set; }

    /// <summary>Only keys that are older. One whose age nobody tells is left out, with a warning.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? OlderThan { get; set; }

    /// <summary>Reads the logs that tell who uses which key (apiKey.usage).</summary>
    [Parameter]
    public SwitchParameter Usage { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        CheckPipedIsOfThis();
        var catalog = new ApiKeyCatalog(Context);
        var choice = new ApiKeyChoice { Names = Name, OlderThan = OlderThan };
        foreach (string secret in catalog.Choose(Secret, Fail))
            await AttemptAsync(async () =>
            {
                foreach (ApiKeyRecord record in await catalog.ListAsync(secret, choice, Usage, cancellationToken).ConfigureAwait(false))
                    Emit(record);
            }).ConfigureAwait(false);
    }
}
