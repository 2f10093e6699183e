using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Health;

/// <summary>The certificate that an endpoint serves, trusted or not.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Chain">What else it served, nearest issuer first.</param>
/// <param name="Problem">Why it is not trusted; null when it is.</param>
/// <param name="Protocol">The TLS version that was agreed on.</param>
internal sealed record ServedCertificate(X509Certificate2 Certificate, IReadOnlyList<X509Certificate2> Chain, string? Problem, SslProtocols Protocol) : IDisposable
{
    /// <summary>SHA-256 of what was sent beside the certificate itself, lower-case hex. The chain may hold more, found on this machine.</summary>
    public IReadOnlyList<string> Sent { get; init; } = [];

    /// <summary>Connects and shakes hands; no more is said.</summary>
    /// <param name="host">The name or address, which the certificate must be for.</param>
    /// <param name="port">The port.</param>
    /// <param name="connected">Called once the connection stands.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="ask">What must be said before TLS begins; null for nothing.</param>
    /// <param name="caFile">The certificate authorities to believe; null for the machine's.</param>
    /// <exception cref="OpsException"><c>EndpointUnreachable</c>, <c>EndpointTls</c>, <c>CertificateFileInvalid</c>.</exception>
    public static async Task<ServedCertificate> ReadAsync(string host, int port, Action? connected, CancellationToken cancellationToken,
        Func<Stream, CancellationToken, Task>? ask = null, string? caFile = null)
    {
        using var client = new TcpClient { NoDelay = true };
        try { await client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false); }
        catch (SocketException e)
        {
            throw new OpsException("EndpointUnreachable", OpsErrorCategory.ResourceUnavailable, $"{host}:{port} cannot be reached: {SocketWords.Of(e)}.",
                "Start what serves it, or correct the address.", $"{host}:{port}", e);
        }
        connected?.Invoke();
        if (ask is not null) await ask(client.GetStream(), cancellationToken).ConfigureAwait(false);
        X509Certificate2? served = null;
        var issuers = new List<X509Certificate2>();
        string[] sent = [];
        string? problem = null;
        await using var tls = new SslStream(client.GetStream());
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = TrustedRoots.Policy(caFile),
            // It is looked at, not believed: nothing is sent over this connection.
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                problem = TlsProblem.Of(certificate, chain, errors);
                if (certificate is not null) served = new X509Certificate2(certificate);
                sent = [.. chain?.ChainPolicy.ExtraStore.Select(ServedFile.Sha256Of).Distinct().Where(s => served is null || s != ServedFile.Sha256Of(served)) ?? []];
                foreach (X509ChainElement element in chain?.ChainElements.Skip(1) ?? []) issuers.Add(new X509Certificate2(element.Certificate));
                return certificate is not null;
            },
        };
        try { await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false); }
        catch (Exception e) when (e is AuthenticationException or IOException && !cancellationToken.IsCancellationRequested)
        {
            (string what, string remedy) = e is AuthenticationException refused ? TlsProblem.Of(refused) : ("it closed the connection", "Is it a port that speaks TLS?");
            throw new OpsException("EndpointTls", OpsErrorCategory.InvalidData, $"No TLS connection to {host}:{port}: {what}.", remedy, $"{host}:{port}", e);
        }
        return served is null
            ? throw new OpsException("EndpointTls", OpsErrorCategory.InvalidData, $"{host}:{port} serves no certificate.", TlsProblem.Remedy, $"{host}:{port}")
            : new ServedCertificate(served, issuers, problem, tls.SslProtocol) { Sent = sent };
    }

    /// <summary>Asks a PostgreSQL server to begin TLS, as its clients do.</summary>
    /// <exception cref="OpsException"><c>EndpointTls</c> when it does not want to.</exception>
    public static async Task AskPostgresAsync(Stream stream, CancellationToken cancellationToken)
    {
        // SSLRequest: its length, and the number that no version of the protocol has.
        await stream.WriteAsync(new byte[] { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f }, cancellationToken).ConfigureAwait(false);
        byte[] answer = new byte[1];
        int read = await stream.ReadAsync(answer, cancellationToken).ConfigureAwait(false);
        if (read == 1 && answer[0] == 'S') return;
        throw new OpsException("EndpointTls", OpsErrorCategory.InvalidData, read == 1 && answer[0] == 'N' ? "The PostgreSQL server speaks no TLS." : "What answers is no PostgreSQL server.",
            "Set ssl = on with ssl_cert_file and ssl_key_file on the server, or correct host and port.");
    }

    public void Dispose()
    {
        Certificate.Dispose();
        foreach (X509Certificate2 issuer in Chain) issuer.Dispose();
    }
}
