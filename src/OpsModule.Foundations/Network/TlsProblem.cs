using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace OpsModule.Foundations.Network;

/// <summary>Says in words why a certificate is not trusted.</summary>
public static class TlsProblem
{
    /// <summary>What to do about a certificate that is not trusted.</summary>
    public const string Remedy = "Renew or replace the certificate, serve it with its whole chain, or correct the name in the URL.";

    /// <summary>What is wrong with a served certificate; null when nothing is.</summary>
    public static string? Of(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return null;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) || certificate is null) return "it serves no certificate";
        using var served = new X509Certificate2(certificate);
        var said = new List<string>();
        if (served.NotAfter.ToUniversalTime() < DateTime.UtcNow) said.Add($"its certificate expired on {served.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm}Z");
        else if (served.NotBefore.ToUniversalTime() > DateTime.UtcNow) said.Add($"its certificate is valid only from {served.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm}Z");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) said.Add($"its certificate is for {Names(served)}");
        X509ChainStatusFlags flags = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status) ?? X509ChainStatusFlags.NoError;
        if (flags.HasFlag(X509ChainStatusFlags.Revoked)) said.Add("its certificate is revoked");
        if ((flags & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
            said.Add(served.Subject == served.Issuer ? "its certificate is self-signed" : flags.HasFlag(X509ChainStatusFlags.PartialChain)
                ? $"the chain of its certificate is incomplete (issued by {Common(served.Issuer)}, which is neither served nor known here)"
                : $"its certificate comes from {Common(served.Issuer)}, which is not trusted here");
        if (said.Count == 0) said.Add($"its certificate is not trusted ({flags})");
        return string.Join(", and ", said);
    }

    /// <summary>What is wrong with a handshake that came to no certificate, and what to do.</summary>
    public static (string Problem, string Remedy) Of(AuthenticationException cause)
    {
        string deepest = cause.GetBaseException().Message;
        return deepest.Contains("frame", StringComparison.OrdinalIgnoreCase) || deepest.Contains("wrong version number", StringComparison.OrdinalIgnoreCase)
                || deepest.Contains("packet length", StringComparison.OrdinalIgnoreCase) || deepest.Contains("corrupted", StringComparison.OrdinalIgnoreCase)
            ? ("what answers does not speak TLS", "Use http:// for this port, or the port that speaks TLS.")
            : ($"the handshake failed: {deepest.TrimEnd('.')}", "Do both sides have a TLS version and a cipher in common, and does the server want a client certificate?");
    }

    /// <summary>The DNS names and addresses that a certificate is for.</summary>
    public static string Names(X509Certificate2 certificate)
    {
        X509SubjectAlternativeNameExtension? names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string[] all = names is null ? [] : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(a => a.ToString())];
        return all.Length == 0 ? certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) : string.Join(", ", all.Take(5)) + (all.Length > 5 ? " ..." : "");
    }

    private static string Common(string distinguished)
    {
        string? common = distinguished.Split(',').Select(p => p.Trim()).FirstOrDefault(p => p.StartsWith("CN=", StringComparison.Ordinal));
        return common?[3..] ?? distinguished;
    }
}
