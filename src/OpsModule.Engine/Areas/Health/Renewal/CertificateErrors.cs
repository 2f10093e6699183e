using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>The catalogue of what goes wrong with renewals.</summary>
public static class CertificateErrors
{
    private const string Page = "concepts/certificates.md#when-it-goes-wrong";

    /// <summary>certbot did not renew.</summary>
    public static readonly ErrorCode CertbotFailed = new("CertbotFailed", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>certbot ended well, and the file is the old one.</summary>
    public static readonly ErrorCode CertificateNotRenewed = new("CertificateNotRenewed", OpsErrorCategory.InvalidData, Page);

    /// <summary>certbot brought another certificate, and kept the private key.</summary>
    public static readonly ErrorCode CertificateKeyKept = new("CertificateKeyKept", OpsErrorCategory.InvalidData, Page);

    /// <summary>The authority did not revoke the old certificate.</summary>
    public static readonly ErrorCode CertificateNotRevoked = new("CertificateNotRevoked", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>An earlier replacement of a compromised certificate has not come to its end.</summary>
    public static readonly ErrorCode RevocationUnfinished = new("RevocationUnfinished", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>The old files could not be copied.</summary>
    public static readonly ErrorCode CertificateNotKept = new("CertificateNotKept", OpsErrorCategory.WriteError, Page);

    /// <summary>The old files could not be put back.</summary>
    public static readonly ErrorCode CertificateNotPutBack = new("CertificateNotPutBack", OpsErrorCategory.WriteError, Page);

    /// <summary>The web server's settings do not pass their test.</summary>
    public static readonly ErrorCode WebServerTestFailed = new("WebServerTestFailed", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>The web server was not reloaded.</summary>
    public static readonly ErrorCode WebServerReloadFailed = new("WebServerReloadFailed", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>The endpoint serves something else than the file holds.</summary>
    public static readonly ErrorCode CertificateNotServed = new("CertificateNotServed", OpsErrorCategory.InvalidData, Page);

    /// <summary>The old files are gone.</summary>
    public static readonly ErrorCode NothingKept = new("NothingKept", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>What was kept has expired.</summary>
    public static readonly ErrorCode OldCertificateExpired = new("OldCertificateExpired", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>The endpoint's name has no address.</summary>
    public static readonly ErrorCode EndpointNameUnknown = new("EndpointNameUnknown", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>certbot, as it is on this machine, knows no such certificate.</summary>
    public static readonly ErrorCode LineageNotFound = new("LineageNotFound", OpsErrorCategory.ObjectNotFound, Page);
}
