using System.Security.Cryptography;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>
/// The log of one run of certbot, in a folder of its own: certbot 2.1 with Python 3.11 stumbles over each error of an authority ("can't set
/// attribute"), and has it in its log alone; its usual log may hold what was said of other certificates.
/// </summary>
internal sealed class CertbotLog : IDisposable
{
    private readonly string _folder;

    /// <summary>Chooses the folder; certbot makes it.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="kept">Its old files, beside which the log lies where certbot is on this machine.</param>
    public CertbotLog(CertificateSettings certificate, KeptFiles kept)
    {
        string name = "opsmodule-log-" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        // A container sees certbot's folder alone, which this machine sees, too.
        bool isHere = certificate.CertbotService is null;
        _folder = Path.Combine(isHere ? kept.Folder : certificate.ConfigFolder, name);
        FolderOfCertbot = isHere ? _folder : $"{CertificateSettings.UsualFolder}/{name}";
    }

    /// <summary>The folder as certbot sees it.</summary>
    public string FolderOfCertbot { get; }

    /// <summary>What certbot wrote; empty where it wrote nothing that can be read here.</summary>
    public string Read()
    {
        try
        {
            return Directory.Exists(_folder) ? string.Concat(Directory.GetFiles(_folder).Select(File.ReadAllText)) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return ""; }
    }

    /// <summary>Takes the folder away.</summary>
    public void Dispose() => _ = FolderTree.TryDelete(_folder);
}
