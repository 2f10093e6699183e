using System.Globalization;
using System.Text;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>Copies of a certificate's files from before a renewal, readable for their owner only, and the way back to them.</summary>
internal sealed class KeptFiles
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmssfff'Z'", LinkSuffix = ".link";
    private static readonly string[] OfCertbot = ["fullchain.pem", "cert.pem", "chain.pem", "privkey.pem"];

    private KeptFiles(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>What was served from there.</summary>
    public string CertificateFile => Path.Combine(Folder, OfCertbot[0]);

    /// <summary>Copies the files as they are.</summary>
    /// <exception cref="OpsException"><c>CertificateNotKept</c>.</exception>
    public static KeptFiles Keep(OpsContext context, CertificateSettings certificate)
    {
        string folder = Path.Combine(Root(context, certificate), context.Time.GetUtcNow().UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        try
        {
            PrivateFile.CreateFolder(folder);
            foreach (string name in OfCertbot)
            {
                var file = new FileInfo(Path.Combine(certificate.LiveFolder, name));
                Write(Path.Combine(folder, name), File.ReadAllBytes(file.FullName));
                // certbot's own files of old versions stay, so that going back is pointing at them again.
                if (file.LinkTarget is { } target) Write(Path.Combine(folder, name + LinkSuffix), Encoding.UTF8.GetBytes(target));
            }
            return new KeptFiles(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("CertificateNotKept", OpsErrorCategory.WriteError, $"The files of {certificate.Name} could not be copied to {folder}: {e.Message.TrimEnd('.')}. Nothing was changed.",
                "Run the command as a user who may read certbot's files and write to the environment's state folder.", certificate.Name, e);
        }
    }

    /// <summary>What an earlier run kept; null when it is gone.</summary>
    public static KeptFiles? At(string? folder) => folder is not null && File.Exists(Path.Combine(folder, OfCertbot[0])) ? new KeptFiles(folder) : null;

    /// <summary>What the last run kept; null when there is nothing.</summary>
    public static KeptFiles? Last(OpsContext context, CertificateSettings certificate)
    {
        string root = Root(context, certificate);
        return Directory.Exists(root) ? Directory.GetDirectories(root).Order(StringComparer.Ordinal).Select(At).LastOrDefault(k => k is not null) : null;
    }

    /// <summary>Puts the files back in their places, each at one stroke.</summary>
    /// <exception cref="OpsException"><c>CertificateNotPutBack</c>.</exception>
    public void PutBack(CertificateSettings certificate)
    {
        try
        {
            foreach (string name in OfCertbot)
            {
                string place = Path.Combine(certificate.LiveFolder, name), beside = place + ".ops-new", link = Path.Combine(Folder, name + LinkSuffix);
                File.Delete(beside);
                if (File.Exists(link) && File.ReadAllText(link) is var target && File.Exists(Path.Combine(certificate.LiveFolder, target))) File.CreateSymbolicLink(beside, target);
                else Write(beside, File.ReadAllBytes(Path.Combine(Folder, name)));
                File.Move(beside, place, overwrite: true);
            }
            Disk.FlushFolder(certificate.LiveFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("CertificateNotPutBack", OpsErrorCategory.WriteError, $"The old files of {certificate.Name} could not be put back to {certificate.LiveFolder}: {e.Message.TrimEnd('.')}.",
                $"Copy them there from {Folder}, and reload the web server.", certificate.Name, e);
        }
    }

    /// <summary>Forgets the copies of a renewal that came to nothing: a private key should not lie about.</summary>
    public void Discard() => _ = FolderTree.TryDelete(Folder); // what stays is readable for its owner only

    private static string Root(OpsContext context, CertificateSettings certificate) => Path.Combine(context.Environment.StateDirectory, "certificates", certificate.Name);

    private static void Write(string path, byte[] bytes)
    {
        using FileStream file = PrivateFile.Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }
}
