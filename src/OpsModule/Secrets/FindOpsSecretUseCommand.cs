using System.Management.Automation;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Showing;

namespace OpsModule.Secrets;

/// <summary>
/// <para>Finds all places in which the value of a secret stands, those that nobody has declared, too. It never says the value.</para>
/// </summary>
/// <remarks>
/// <para>It searches env files, compose files, files that services are given, the other files of the environment's folder (up to 1 MiB
/// each), the variables of running containers, and in a cluster the Secrets, ConfigMaps and specifications of the namespace: for the
/// value as
/// it is, percent-encoded as in a URL, and in Base64, alone or with text around it. What cannot be looked at is told as a warning.</para>
/// <para>A value of fewer than 8 characters is refused: it would be found in other words.</para>
/// </remarks>
/// <example>
/// <code>Find-OpsSecretUse db | Where-Object -Not IsDeclared</code>
/// <para>Where the database's password stands, and the environment file does not say so.</para>
/// </example>
/// <example>
/// <code>Find-OpsSecretUse -Reference file:.env#POSTGRES_PASSWORD</code>
/// <para>The same for a value that is not declared as a secret yet.</para>
/// </example>
[Cmdlet(VerbsCommon.Find, "OpsSecretUse", DefaultParameterSetName = "Name")]
[OutputType(typeof(SecretUseRecord))]
public sealed class FindOpsSecretUseCommand : OpsEnvironmentCmdlet
{
    /// <summary>The secrets, by their names under secrets: in the environment file, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("Secret")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SecretCompleter))]
    public string[] Name { get; set; } = null!;

    /// <summary>Where a value stands: file:PATH#KEY, file:PATH, env:NAME or vault:NAME. Never the value itself.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Reference")]
    [ValidateNotNullOrEmpty]
    public string[] Reference { get; set; } = null!;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var finder = new SecretUseFinder(Context);
        if (ParameterSetName == "Reference")
            foreach (string reference in Reference)
                await AttemptAsync(async () => EmitAll(await finder.FindReferenceAsync(reference, cancellationToken)
                    .ConfigureAwait(false))).ConfigureAwait(false);
        else
            foreach (string name in new SecretCatalog(Context).Choose(Name, Fail))
                await AttemptAsync(async () => EmitAll(await finder.FindAsync(name, cancellationToken).ConfigureAwait(false)))
                    .ConfigureAwait(false);
    }

    private void EmitAll(IReadOnlyList<SecretUseRecord> found)
    {
        foreach (SecretUseRecord one in found) Emit(one);
    }
}
