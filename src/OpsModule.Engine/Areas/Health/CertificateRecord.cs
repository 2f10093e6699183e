using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>A certificate, from an endpoint or a file.</summary>
public sealed record CertificateRecord : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>Where it was found: host and port, or a file.</summary>
    public required string Source { get; init; }

    /// <summary>Whom it is for.</summary>
    public required string Subject { get; init; }

    /// <summary>The DNS names and addresses it is for.</summary>
    public IReadOnlyList<string> Names { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Who issued it.</summary>
    public required string Issuer { get; init; }

    /// <summary>Valid from, UTC.</summary>
    public DateTimeOffset NotBefore { get; init; }

    /// <summary>Valid until, UTC.</summary>
    public DateTimeOffset NotAfter { get; init; }

    /// <summary>Time left; negative once it has expired.</summary>
    public TimeSpan Left { get; init; }

    /// <summary>SHA-256 of the certificate, lower-case hex: the same in a file and on the endpoint that serves it.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The serial number, hex.</summary>
    public required string Serial { get; init; }

    /// <summary>The algorithm of its key with its size, for example <c>RSA 2048</c>.</summary>
    public string Key { get; init; } = "";

    /// <summary>Why this machine does not trust it; null when it does, or when it comes from a file, which is not asked.</summary>
    public string? Problem { get; init; }

    /// <summary>The TLS version that was agreed on; null for a file.</summary>
    public string? Protocol { get; init; }

    /// <summary>Subjects of the other certificates of the chain, nearest issuer first.</summary>
    public IReadOnlyList<string> Chain { get; init => field = PlainList.Of(value); } = [];

    bool IVerdict.IsBad() => Problem is not null || Left <= TimeSpan.Zero;

    /// <inheritdoc/>
    public override string ToString() => $"{Subject} until {NotAfter:yyyy-MM-dd}";

    internal static CertificateRecord Of(ServedCertificate served, string source, DateTimeOffset now) => Of(served.Certificate, source, now) with
    {
        Problem = served.Problem,
        Protocol = served.Protocol switch { SslProtocols.Tls12 => "TLS 1.2", SslProtocols.Tls13 => "TLS 1.3", var other => other.ToString() },
        Chain = [.. served.Chain.Select(c => c.Subject)],
    };

    internal static CertificateRecord Of(X509Certificate2 certificate, string source, DateTimeOffset now)
    {
        X509SubjectAlternativeNameExtension? names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        DateTimeOffset end = certificate.NotAfter.ToUniversalTime();
        return new CertificateRecord
        {
            Source = source,
            Subject = certificate.Subject,
            Names = names is null ? [] : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(a => a.ToString())],
            Issuer = certificate.Issuer,
            NotBefore = certificate.NotBefore.ToUniversalTime(),
            NotAfter = end,
            Left = end - now,
            Sha256 = Convert.ToHexString(SHA256.HashData(certificate.RawData)).ToLowerInvariant(),
            Serial = certificate.SerialNumber,
            Key = KeyOf(certificate),
        };
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null) return $"RSA {rsa.KeySize}";
        using ECDsa? curve = certificate.GetECDsaPublicKey();
        return curve is not null ? $"ECDSA {curve.KeySize}" : certificate.PublicKey.Oid.FriendlyName ?? "";
    }
}
