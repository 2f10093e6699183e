using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>A file with a certificate and its chain, as a web server reads it, to be held against what is served.</summary>
/// <param name="Path">The file.</param>
/// <param name="Certificate">The first certificate, which is the one it is about.</param>
/// <param name="Issuers">SHA-256 of the others.</param>
internal sealed record ServedFile(string Path, CertificateRecord Certificate, IReadOnlyList<string> Issuers)
{
    /// <exception cref="OpsException"><c>CertificateUnreadable</c>.</exception>
    public static ServedFile Read(string path, TimeProvider time)
    {
        IReadOnlyList<CertificateRecord> found = new CertificateReader(time).ReadFile(path);
        return new ServedFile(path, found[0], [.. found.Skip(1).Select(c => c.Sha256)]);
    }

    /// <summary>What is served otherwise than the file says, in words; null when nothing is.</summary>
    public string? DifferenceTo(ServedCertificate served)
    {
        if (Sha256Of(served.Certificate) != Certificate.Sha256)
            return $"it serves a certificate until {served.Certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm}Z (serial {served.Certificate.SerialNumber}), and the file holds one until {Certificate.NotAfter:yyyy-MM-dd HH:mm}Z (serial {Certificate.Serial})";
        string[] missing = [.. Issuers.Except(served.Sent)], foreign = [.. served.Sent.Except(Issuers)];
        return missing.Length == 0 && foreign.Length == 0 ? null
            : "it serves the file's certificate with another chain: " + string.Join(", and ", new[] { Count(missing.Length, "of the file is missing", "of the file are missing"), Count(foreign.Length, "is not in the file", "are not in the file") }.OfType<string>());
    }

    /// <summary>True when the certificate itself is the one that is served, whatever the chain.</summary>
    public bool IsServedBy(ServedCertificate served) => Sha256Of(served.Certificate) == Certificate.Sha256;

    public static string Sha256Of(X509Certificate2 certificate) => Convert.ToHexString(SHA256.HashData(certificate.RawDataMemory.Span)).ToLowerInvariant();

    private static string? Count(int number, string one, string many) => number == 0 ? null : $"{number} {(number == 1 ? one : many)}";
}
