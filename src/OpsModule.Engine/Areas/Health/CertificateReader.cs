using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Network;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Reads certificates from endpoints, PostgreSQL servers and files.</summary>
public sealed class CertificateReader(TimeProvider time)
{
    private const int SubmissionPort = 587;
    private const int MaxFile = 4 * 1024 * 1024;

    /// <summary>The certificate that an address serves: <c>host:port</c>, <c>host</c> for port 443, or an https URL.</summary>
    /// <exception cref="OpsException"><c>AddressInvalid</c>, <c>EndpointUnreachable</c>, <c>EndpointTls</c>, <c>TimedOut</c>.</exception>
    public async Task<CertificateRecord> ReadEndpointAsync(string address, TimeSpan timeout, CancellationToken cancellationToken, string? caFile = null)
    {
        (string host, int port) = Parse(address);
        return await ReadAsync(host, port, $"{host}:{port}", timeout, null, cancellationToken, caFile).ConfigureAwait(false);
    }

    /// <summary>The certificate that the PostgreSQL server of a database serves.</summary>
    /// <exception cref="OpsException">As for an endpoint, and <c>DatabaseUnknown</c>.</exception>
    public async Task<CertificateRecord> ReadDatabaseAsync(OpsContext context, string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, name, cancellationToken).ConfigureAwait(false);
        if (server.Host.StartsWith('/'))
            throw new OpsException("EndpointTls", OpsErrorCategory.InvalidOperation, $"Database {name} is reached over a Unix socket, which has no TLS.", "Nothing has to be done.", name);
        return await ReadAsync(server.Host, server.Port, $"{server.Host}:{server.Port}", timeout, ServedCertificate.AskPostgresAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The certificate that a mail server serves after STARTTLS: <c>host:port</c>, or <c>host</c> for port 587.</summary>
    /// <exception cref="OpsException">As for an endpoint.</exception>
    public async Task<CertificateRecord> ReadMailServerAsync(string address, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (string host, int port) = Parse(address, SubmissionPort);
        return await ReadAsync(host, port, $"{host}:{port}", timeout, SmtpStartTls.AskAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The certificates of a PEM or DER file, in its order.</summary>
    /// <exception cref="OpsException"><c>CertificateUnreadable</c>.</exception>
    public IReadOnlyList<CertificateRecord> ReadFile(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxFile) throw Unreadable(path, $"it is larger than {MaxFile / 1024 / 1024} MiB", null);
            byte[] bytes = ForeignFile.ReadAllBytes(Path.GetFullPath(path));
            var found = new X509Certificate2Collection();
            string text = System.Text.Encoding.Latin1.GetString(bytes);
            if (text.Contains("-----BEGIN", StringComparison.Ordinal)) found.ImportFromPem(text);
            else found.Add(new X509Certificate2(bytes));
            if (found.Count == 0) throw Unreadable(path, "it holds no certificate", null);
            CertificateRecord[] records = [.. found.Select(c => CertificateRecord.Of(c, path, time.GetUtcNow()))];
            foreach (X509Certificate2 certificate in found) certificate.Dispose();
            return records;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unreadable(path, e.Message.TrimEnd('.'), e); }
        catch (CryptographicException e) { throw Unreadable(path, "it holds no certificate in PEM or DER", e); }
    }

    private async Task<CertificateRecord> ReadAsync(string host, int port, string source, TimeSpan timeout, Func<Stream, CancellationToken, Task>? ask, CancellationToken cancellationToken, string? caFile = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using ServedCertificate served = await ServedCertificate.ReadAsync(host, port, null, limit.Token, ask, caFile).ConfigureAwait(false);
            return CertificateRecord.Of(served, source, time.GetUtcNow());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OpsException("TimedOut", OpsErrorCategory.OperationTimeout, $"{source} gave no answer in {DurationText.Show(timeout)}.", "Is the address right, does a firewall let it through, and does it speak TLS?", source);
        }
    }

    private static (string Host, int Port) Parse(string address, int usual = 443)
    {
        if (address.Contains("://", StringComparison.Ordinal))
            return Uri.TryCreate(address, UriKind.Absolute, out Uri? url) && url.Port > 0 && url.IdnHost.Length > 0 ? (url.IdnHost, url.Port) : Address.Parse(address);
        return address.Contains(':') && !(address.StartsWith('[') && address.EndsWith(']')) ? Address.Parse(address) : (address.Trim('[', ']'), usual);
    }

    private static OpsException Unreadable(string path, string why, Exception? cause) =>
        new("CertificateUnreadable", OpsErrorCategory.ReadError, $"{path} cannot be read as a certificate: {why}.", "Give a PEM or DER file that this user may read.", path, cause);
}
