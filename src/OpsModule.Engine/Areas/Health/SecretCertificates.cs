using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Reads the certificates of a namespace's TLS secrets. Their private keys are not taken out of kubectl.</summary>
public sealed class SecretCertificates(OpsContext context)
{
    /// <summary>The certificates of the secrets of a name, which may have wildcards: of each secret in its order, the server's own first.</summary>
    /// <param name="name">The name.</param>
    /// <param name="fail">Told of each secret that holds no certificate.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="OpsException"><c>SecretNotFound</c> with the nearest name, <c>PlatformUnsupported</c>, and what the cluster reports.</exception>
    public async Task<IReadOnlyList<CertificateRecord>> ReadAsync(string name, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> secrets = await context.Platform().ReadTlsSecretsAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new OpsException("PlatformUnsupported", OpsErrorCategory.InvalidOperation,
                $"Secrets with certificates are those of Kubernetes; {context.Environment.Name} does not run there.",
                "Give the certificate's file with -Path, or the endpoint that serves it.", name);
        var found = new List<CertificateRecord>();
        IReadOnlyList<string> meant = Find(name, [.. secrets.Keys.Order(StringComparer.Ordinal)]);
        if (meant.Count == 0) fail(NamePattern.Nothing(name, secrets.Keys, "TLS secret"));
        foreach (string secret in meant)
        {
            try { found.AddRange(Read(secret, secrets[secret])); }
            catch (OpsException e) { fail(e); }
        }
        return found;
    }

    private static IReadOnlyList<string> Find(string name, string[] known)
    {
        try { return ServiceSelection.Find(name, known, "The namespace"); }
        catch (OpsException e) when (e.ErrorId == "ServiceNotFound")
        {
            throw new OpsException("SecretNotFound", OpsErrorCategory.ObjectNotFound, $"The namespace has no TLS secret {name}.",
                known.Length == 0 ? "It has none of the type kubernetes.io/tls at all." : e.RecommendedAction, name);
        }
    }

    private List<CertificateRecord> Read(string secret, string data)
    {
        string source = "secret/" + secret;
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(System.Text.Encoding.Latin1.GetString(Convert.FromBase64String(data)));
            if (certificates.Count == 0) throw Unreadable(source, null);
            return [.. certificates.Select(c => CertificateRecord.Of(c, source, context.Time.GetUtcNow()))];
        }
        catch (Exception e) when (e is FormatException or CryptographicException) { throw Unreadable(source, e); }
        finally
        {
            foreach (X509Certificate2 certificate in certificates) certificate.Dispose();
        }
    }

    private static OpsException Unreadable(string source, Exception? cause) =>
        new("CertificateUnreadable", OpsErrorCategory.InvalidData, $"{source} holds no certificate in PEM under tls.crt.", "Make it anew: kubectl create secret tls, or whatever issues it.", source, cause);
}
