using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Network;

/// <summary>Which certificate authorities are believed: those of a file, and no others, where one is named; else those of this machine.</summary>
public static class TrustedRoots
{
    /// <summary>How a chain is built and judged; null for the machine's way.</summary>
    /// <exception cref="OpsException"><c>CertificateFileInvalid</c>.</exception>
    public static X509ChainPolicy? Policy(string? file)
    {
        if (file is null) return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try { policy.CustomTrustStore.ImportFromPemFile(file); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException) { throw Invalid(file, e.Message.TrimEnd('.'), e); }
        return policy.CustomTrustStore.Count > 0 ? policy : throw Invalid(file, "it holds no certificate", null);
    }

    private static OpsException Invalid(string file, string why, Exception? cause) => new("CertificateFileInvalid", OpsErrorCategory.InvalidData,
        $"The certificates of {file} cannot be read: {why}.", "Name a file of PEM certificates, or correct the path in the environment file.", file, cause);
}
