using System.Management.Automation;
using OpsModule.Engine.Areas.Secrets.EnvFiles;

namespace OpsModule.Secrets;

/// <summary>
/// <para>Reads keys of an env file as the Compose in use reads it: each with a fingerprint, its services, and the value as a
/// SecureString.</para>
/// </summary>
/// <remarks>
/// <para>A value is shown nowhere: it is a SecureString, which stays behind when the object goes into a job, a file or another session.
/// -AsPlainText gives it as text, and nothing else. Fingerprints are the same for the same value; without the key of the environment's
/// state
/// folder nothing can be told from them. Outside of an environment there are none.</para>
/// <para>A file with a line that Compose refuses is refused with that line. What is given is what services get: variables in values are
/// replaced. The file itself is never changed; Set-OpsEnvFileValue does that.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsEnvFileValue .env</code>
/// <para>Its keys, with fingerprints and the services that get them.</para>
/// </example>
/// <example>
/// <code>Get-OpsEnvFileValue .env *_PASSWORD | Group-Object Fingerprint | Where-Object Count -gt 1</code>
/// <para>Passwords that are the same.</para>
/// </example>
/// <example>
/// <code>$env:PGPASSWORD = Get-OpsEnvFileValue .env POSTGRES_PASSWORD -AsPlainText</code>
/// <para>One value as text.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsEnvFileValue")]
[OutputType(typeof(EnvFileValue), typeof(string))]
public sealed class GetOpsEnvFileValueCommand : OpsEnvironmentCmdlet
{
    /// <summary>The env files.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string[] Path { get; set; } = null!;

    /// <summary>Only these keys, with wildcards. Names of variables differ by case; all keys by default.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Key { get; set; }

    /// <summary>Gives values as text, and nothing else.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    private protected override bool ReadsFiles => true;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var reader = new EnvFileReader(EnvironmentIfAny is null ? null : Context);
        foreach (string path in Path)
            await AttemptAsync(() =>
            {
                foreach (EnvFileValue value in reader.Read(path, Key ?? [], Fail))
                    if (!AsPlainText) Emit(value);
                    else if (EnvFileReader.Reveal(value) is { } text) Emit(text);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
    }
}
