using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health;
using OpsModule.Foundations.Errors;

namespace OpsModule.Health;

/// <summary>
/// Shows certificates: those that endpoints, PostgreSQL servers and mail servers serve, and those in files.
/// </summary>
/// <remarks>
/// <para>What an endpoint serves is shown whether it is trusted or not; Problem says why it is not. Sha256 is the same for a file and for
/// the endpoint that serves it. With Assert-OpsResult a step fails when a certificate is not trusted or has expired.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsCertificate</code>
/// <para>The certificates of all endpoints that the environment file names: https health URLs, checks of certificates, and certificates.</para>
/// </example>
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
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[]? Endpoint { get; set; }

    /// <summary>An endpoint, a file from Get-ChildItem, or an environment whose -Database or -Secret is meant.</summary>
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <summary>PEM or DER files; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>PEM or DER files, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

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
    [Duration(Waits = true, Least = "1s", Most = "1h")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => MyInvocation.ExpectingInput ? AttemptAsync(() => ReadAsync(cancellationToken)) : ReadAsync(cancellationToken);

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        (string[] endpoints, string[] paths) = Meant();
        var reader = new CertificateReader(TimeProvider.System);
        TimeSpan timeout = Timeout;
        if (endpoints.Length == 0 && paths.Length == 0 && Smtp is null && Database is null && Secret is null)
        {
            await ReadOfEnvironmentAsync(reader, timeout, cancellationToken).ConfigureAwait(false);
            return;
        }
        foreach (string endpoint in endpoints)
            await AttemptAsync(async () => Emit(await reader.ReadEndpointAsync(endpoint, timeout, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        foreach (string server in Smtp ?? [])
            await AttemptAsync(async () => Emit(await reader.ReadMailServerAsync(server, timeout, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        foreach (string path in paths) await AttemptAsync(() => ReadFilesAsync(reader, path)).ConfigureAwait(false);
        foreach (string database in Database is null ? [] : DatabaseServers.FindNames(Context.Environment, Database, Fail))
            await AttemptAsync(async () => Emit(await reader.ReadDatabaseAsync(Context, database, timeout, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        foreach (string secret in Secret ?? [])
            await AttemptAsync(async () =>
            {
                foreach (CertificateRecord record in await new SecretCertificates(Context).ReadAsync(secret, Fail, cancellationToken).ConfigureAwait(false)) Emit(record);
            }).ConfigureAwait(false);
    }

    private protected override bool ReadsFiles => true;

    /// <summary>The endpoints and the files; on the pipeline thread, which alone knows PowerShell's drives.</summary>
    private (string[] Endpoints, string[] Paths) Meant()
    {
        string[] endpoints = Endpoint ?? [], paths = [.. Path ?? [], .. LiteralPath ?? []];
        return Unwrap(InputObject) switch
        {
            null => (endpoints, paths),
            string or Uri when $"{Unwrap(InputObject)}" is { Length: > 0 } endpoint => ([.. endpoints, endpoint], paths),
            not string when ProviderPaths.OfFile(SessionState.Path, InputObject) is { } file => (endpoints, [.. paths, file]),
            _ => throw PipedObject.IsNo("endpoint or file", InputObject!, "host:port, an https URL, or a file of Get-ChildItem"),
        };
    }

    private async Task ReadFilesAsync(CertificateReader reader, string pattern)
    {
        foreach (string file in ProviderPaths.Expand([pattern]))
            await AttemptAsync(() =>
            {
                foreach (CertificateRecord record in reader.ReadFile(file)) Emit(record);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
    }

    private async Task ReadOfEnvironmentAsync(CertificateReader reader, TimeSpan timeout, CancellationToken cancellationToken)
    {
        IReadOnlyList<NamedEndpoint> named = NamedEndpoint.Of(Context.Environment);
        if (named.Count == 0)
            throw new OpsException("NothingAsked", OpsErrorCategory.ObjectNotFound, $"The environment {Context.Environment.Name} names no endpoint with a certificate.",
                "Give an endpoint, -Smtp, -Path, -Database or -Secret, or name one under certificates, or in a service's https health.", Context.Environment.Name);
        foreach (NamedEndpoint endpoint in named)
            await AttemptAsync(async () => Emit(await reader.ReadEndpointAsync(endpoint.Address, timeout, cancellationToken, endpoint.CaFile).ConfigureAwait(false))).ConfigureAwait(false);
    }
}
