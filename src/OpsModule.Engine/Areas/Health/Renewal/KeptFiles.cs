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

    /// <summary>The private key that was used there.</summary>
    public string KeyFile => Path.Combine(Folder, "privkey.pem");

    /// <summary>A file's name in certbot's archive, where certbot keeps it, too; null where it had no link.</summary>
    /// <param name="name">Its name among those that are served, such as <c>cert.pem</c>.</param>
    public string? FindArchived(string name) => Path.Combine(Folder, name + LinkSuffix) is var link && File.Exists(link)
        ? Path.GetFileName(File.ReadAllText(link)) : null;

    /// <summary>A folder that a renewal keeps old files in.</summary>
    public static string NewFolder(OpsContext context, CertificateSettings certificate) =>
        Path.Combine(Root(context, certificate), context.Time.GetUtcNow().UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));

    /// <summary>Copies the files as they are; what an interrupted copy has left is written anew.</summary>
    /// <exception cref="OpsException"><c>CertificateNotKept</c>.</exception>
    public static void Keep(string folder, CertificateSettings certificate)
    {
        try
        {
            PrivateFile.CreateFolder(folder);
            foreach (string name in OfCertbot)
            {
                var file = new FileInfo(Path.Combine(certificate.LiveFolder, name));
                AtomicFile.Write(Path.Combine(folder, name), File.ReadAllBytes(file.FullName));
                // certbot's own files of old versions stay, so that going back is pointing at them again.
                if (file.LinkTarget is { } target) AtomicFile.Write(Path.Combine(folder, name + LinkSuffix), Encoding.UTF8.GetBytes(target));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            new KeptFiles(folder).Discard();
            throw CertificateErrors.CertificateNotKept.Make($"The files of {certificate.Name} could not be copied to {folder}: {e.Message.TrimEnd('.')}. Nothing was changed.",
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
                string place = Path.Combine(certificate.LiveFolder, name), link = Path.Combine(Folder, name + LinkSuffix);
                if (File.Exists(link) && File.ReadAllText(link) is var target && File.Exists(Path.Combine(certificate.LiveFolder, target))) AtomicFile.Link(place, target);
                else AtomicFile.Write(place, File.ReadAllBytes(Path.Combine(Folder, name)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CertificateErrors.CertificateNotPutBack.Make($"The old files of {certificate.Name} could not be put back to {certificate.LiveFolder}: {e.Message.TrimEnd('.')}.",
                $"Copy them there from {Folder}, and reload the web server.", certificate.Name, e);
        }
    }

    /// <summary>Forgets the copies of a renewal that came to nothing: a private key should not lie about.</summary>
    public void Discard() => _ = FolderTree.TryDelete(Folder); // what stays is readable for its owner only

    /// <summary>The error where the old files are not there any more.</summary>
    public static OpsException Gone(CertificateSettings certificate) => CertificateErrors.NothingKept.Make($"The old files of {certificate.Name} are not in the state folder any more.",
        $"Point certbot's links in {certificate.LiveFolder} at older files of its archive by hand, and reload the web server.", certificate.Name);

    private static string Root(OpsContext context, CertificateSettings certificate) => Path.Combine(context.Environment.StateDirectory, "certificates", certificate.Name);
}
