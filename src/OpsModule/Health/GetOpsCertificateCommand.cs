using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine;
using OpsModule.Engine.Health;
using OpsModule.Engine.Postgres;

namespace OpsModule.Health;

/// <summary>
/// Shows certificates: those that endpoints, PostgreSQL servers and mail servers serve, and those in files.
/// </summary>
/// <remarks>
/// <para>What an endpoint serves is shown whether it is trusted or not; Problem says why it is not. Sha256 is the same for a file and for
/// the endpoint that serves it. With Assert-OpsResult a step fails when a certificate is not trusted or has expired.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsCertificate shop.example.net</code>
/// <para>The certificate on port 443.</para>
/// </example>
/// <example>
/// <code>Get-OpsCertificate shop.example.net:8443, mail.example.net:465 | Select-Object Source, NotAfter, Problem</code>
/// <para>Two endpoints: until when, and what is wrong.</para>
/// </example>
/// <example>
/// <code>Get-OpsCertificate -Path /etc/letsencrypt/live/shop/fullchain.pem</code>
/// <para>Every certificate of a file, in its order.</para>
/// </example>
/// <example>
/// <code>Get-OpsCertificate -Database main</code>
/// <para>The certificate of the PostgreSQL server of a database of the environment.</para>
/// </example>
/// <example>
/// <code>Get-OpsCertificate -Secret *-tls</code>
/// <para>The certificates in TLS secrets of the environment's namespace on Kubernetes. Their keys are not read.</para>
/// </example>
/// <example>
/// <code>Get-OpsCertificate -Smtp mail.example.net, mx.example.net:25</code>
/// <para>What two mail servers serve after STARTTLS.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsCertificate")]
[OutputType(typeof(CertificateRecord))]
public sealed class GetOpsCertificateCommand : OpsEnvironmentCmdlet
{
    /// <summary>Endpoints: host, host:port or an https URL. Port 443 when none is given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Endpoint { get; set; }

    /// <summary>PEM or DER files.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

    /// <summary>Databases of the environment, in any case and with wildcards, whose servers are asked for TLS as PostgreSQL's clients do.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseCompleter))]
    public string[]? Database { get; set; }

    /// <summary>TLS secrets of the environment's namespace on Kubernetes, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Secret { get; set; }

    /// <summary>Mail servers: host or host:port, which are asked for STARTTLS. Port 587 when none is given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Smtp { get; set; }

    /// <summary>Seconds that each endpoint may take.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int Timeout { get; set; } = 10;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (Endpoint is null && Smtp is null && Path is null && Database is null && Secret is null)
            throw new OpsException("NothingAsked", OpsErrorCategory.InvalidArgument, "No certificate was named.", "Give an endpoint, -Smtp, -Path, -Database or -Secret.");
        var reader = new CertificateReader(TimeProvider.System);
        TimeSpan timeout = TimeSpan.FromSeconds(Timeout);
        foreach (string endpoint in Endpoint ?? [])
            await AttemptAsync(async () => Emit(await reader.ReadEndpointAsync(endpoint, timeout, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        foreach (string server in Smtp ?? [])
            await AttemptAsync(async () => Emit(await reader.ReadMailServerAsync(server, timeout, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        foreach (string path in Path ?? [])
            await AttemptAsync(() =>
            {
                foreach (CertificateRecord record in reader.ReadFile(System.IO.Path.GetFullPath(path, CurrentFolder))) Emit(record);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
        foreach (string database in Database is null ? [] : PostgresServer.FindNames(Context.Environment, Database, Fail))
            await AttemptAsync(async () => Emit(await reader.ReadDatabaseAsync(Context, database, timeout, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        foreach (string secret in Secret ?? [])
            await AttemptAsync(async () =>
            {
                foreach (CertificateRecord record in await new SecretCertificates(Context).ReadAsync(secret, Fail, cancellationToken).ConfigureAwait(false)) Emit(record);
            }).ConfigureAwait(false);
    }
}
