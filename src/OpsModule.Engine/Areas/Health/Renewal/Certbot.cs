using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>
/// Runs certbot, which renews as the lineage was made: its own settings know the server, the account and the challenge. It is on this
/// machine, or in a service: in a container of it that runs, else in one that is made for the renewal.
/// </summary>
internal sealed class Certbot(OpsContext context, CertificateSettings certificate)
{
    private const string Program = "certbot";

    /// <summary>Where it is, in words; null for this machine.</summary>
    public string? Place => certificate.CertbotService is { } service ? $"the service {service}" : null;

    /// <summary>Renews a certificate.</summary>
    /// <exception cref="OpsException"><c>CertbotFailed</c>, <c>ProgramMissing</c>.</exception>
    public Task RenewAsync(CancellationToken cancellationToken, bool withNewKey = false) =>
        // That it is due was decided already, perhaps earlier than certbot would. A lineage may be set to keep its key (reuse_key).
        RenewAsync(withNewKey ? ["--force-renewal", "--new-key"] : ["--force-renewal"], cancellationToken);

    /// <summary>
    /// Lets the authority revoke an old certificate, because its key is known to others. That it is revoked already is no error.
    /// </summary>
    /// <param name="kept">The old files. They sign the request, which proves that the key is the one, and bars it from being used
    /// again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>CertificateNotRevoked</c>, <c>ProgramMissing</c>.</exception>
    public async Task RevokeAsync(KeptFiles kept, CancellationToken cancellationToken)
    {
        using var log = new CertbotLog(certificate, kept);
        string[] arguments = ["revoke", "--non-interactive", "--no-delete-after-revoke", "--reason", "keycompromise",
            "--cert-path", Old(kept, kept.CertificateFile), "--key-path", Old(kept, kept.KeyFile), .. Given("--server", Server())];
        try { await RunAsync(arguments, cancellationToken, log.FolderOfCertbot).ConfigureAwait(false); }
        catch (OpsException e) when (CertificateErrors.CertbotFailed.Is(e))
        {
            // As after a kill.
            if (IsRevoked(e.Message) || IsRevoked(log.Read())) return;
            throw CertificateErrors.CertificateNotRevoked.Make($"The new certificate of {certificate.Name} is served, and the old one is "
                + $"not revoked: {e.Message.TrimEnd('.')}.",
                "Mend what certbot reports, then go on with the change (Resume-OpsChange): it revokes and does nothing else.",
                    certificate.Name, e);
        }
    }

    /// <summary>So do authorities say it, and so does certbot.</summary>
    private static bool IsRevoked(string words) => new[] { "alreadyRevoked", "already revoked", "already been revoked" }.Any(w =>
        words.Contains(w, StringComparison.OrdinalIgnoreCase));

    /// <summary>Tries a renewal and keeps nothing of it.</summary>
    /// <exception cref="OpsException"><c>CertbotFailed</c>, <c>ProgramMissing</c>.</exception>
    public Task TryAsync(CancellationToken cancellationToken) =>
        // A trial forgets which authority the certificate is from, unless it is told; of Let's Encrypt it takes the one for trials.
        RenewAsync(["--dry-run", .. Given("--server", Server())], cancellationToken);

    /// <summary>Refuses to promise a renewal of what certbot knows nothing of. Who may not look there hears of that later.</summary>
    /// <exception cref="OpsException"><c>LineageNotFound</c>.</exception>
    public void CheckKnows()
    {
        try
        {
            // Of a folder that may not be read this throws, where asking for the file alone would say that it is not there.
            if (Directory.GetFileSystemEntries(Path.GetDirectoryName(certificate.LiveFolder)!).Contains(certificate.LiveFolder)) return;
        }
        catch (UnauthorizedAccessException) { return; }
        catch (IOException) { /* there is no such folder */ }
        throw CertificateErrors.LineageNotFound.Make(
            $"certbot knows no certificate {certificate.Lineage} in {certificate.ConfigFolder}, and cannot renew {certificate.Name}.",
            certificate.CertbotService is { } service
                ? $"Name with 'config:' the folder of this machine that {service} has as {CertificateSettings.UsualFolder}, and certbot's name for it with 'certbot:'."
                : "Get it once (certbot certonly), or name certbot's folder with 'config:' and its name for the certificate with 'certbot:'.",
            certificate.Name);
    }

    private Task RenewAsync(string[] how, CancellationToken cancellationToken) => RunAsync(["renew", "--cert-name", certificate.Lineage,
        "--non-interactive", "--no-random-sleep-on-renew", .. how, .. Given("--key-type", certificate.KeyType)], cancellationToken);

    /// <param name="arguments">What it is asked to do.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="logs">Where its log goes; null for where it goes always.</param>
    private Task RunAsync(string[] arguments, CancellationToken cancellationToken, string? logs = null) =>
        certificate.CertbotService is { } service ? RunInAsync(service, [.. arguments, .. Given("--logs-dir", logs)], cancellationToken)
            : RunHereAsync(arguments, logs ?? certificate.LogsFolder, cancellationToken);

    /// <summary>Where certbot finds an old file: in a container, which does not see our copies, in its own archive.</summary>
    private string Old(KeptFiles kept, string file)
    {
        if (certificate.CertbotService is null) return file;
        string name = Path.GetFileName(file);
        return kept.FindArchived(name) is { } archived ? $"{CertificateSettings.UsualFolder}/archive/{certificate.Lineage}/{archived}"
            : throw CertificateErrors.CertificateNotRevoked.Make($"certbot of {Place} does not see {file}, and its archive has no such "
                + $"file.",
                $"Revoke it by hand with {kept.Folder}: certbot revoke --reason keycompromise --cert-path ... --key-path ...",
                    certificate.Name);
    }

    private async Task RunHereAsync(string[] arguments, string? logs, CancellationToken cancellationToken)
    {
        var call = new ProgramCall(Program, [.. arguments, "--config-dir", certificate.ConfigFolder,
            .. Given("--work-dir", certificate.WorkFolder), .. Given("--logs-dir", logs)])
        {
            Keeps = ProgramEnvironment.CloudLogins, // of its plugins that answer challenges in a cloud's DNS
        };
        try { await ProgramRunner.RunAsync(call, null, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ProgramFailed")
        {
            throw Failed(e.Message, $"its log in {certificate.LogsFolder ?? "/var/log/letsencrypt"} tells more", e);
        }
    }

    /// <summary>Its folders are those that the container has.</summary>
    private async Task RunInAsync(string service, string[] arguments, CancellationToken cancellationToken)
    {
        using IServicePlatform platform = context.OpenPlatform();
        ServiceRecord found = (await platform.ListAsync([service], cancellationToken).ConfigureAwait(false))[0];
        string more = "its log in the container tells more";
        if (found.Instances.FirstOrDefault(i => i.State == InstanceState.Running) is not { } running)
        {
            try { await platform.RunOnceAsync(found, [Program, .. arguments], cancellationToken).ConfigureAwait(false); }
            catch (OpsException e) when (e.ErrorId == "ComposeFailed") { throw Failed(e.Message, more, e); }
            return;
        }
        var said = new MemoryStream();
        int code = await platform.ExecuteAsync(running, new ExecuteRequest([Program, .. arguments]), (_, bytes) =>
        {
            lock (said) said.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }, cancellationToken).ConfigureAwait(false);
        if (code != 0)
            throw Failed($"{Program} in {running.Name} failed with exit code {code}: {Encoding.UTF8.GetString(said.ToArray()).Trim()}",
                more, null);
    }

    private OpsException Failed(string what, string more, Exception? cause) => CertificateErrors.CertbotFailed.Make(
        $"certbot did not do its work for {certificate.Name}: {what.TrimEnd('.')}.",
        $"Mend what certbot reports; {more}. What is served was not touched.", certificate.Name, cause);

    private string? Server()
    {
        string file = Path.Combine(certificate.ConfigFolder, "renewal", certificate.Lineage + ".conf");
        try { return File.ReadLines(file).Select(l => l.Split('=', 2, StringSplitOptions.TrimEntries)).FirstOrDefault(p => p is ["server", _])?[1]; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; /* certbot says what is wrong with it */ }
    }

    private static string[] Given(string option, string? value) => value is null ? [] : [option, value];
}
