using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>Runs certbot, which renews as the lineage was made: its own settings know the server, the account and the challenge.</summary>
internal static class Certbot
{
    /// <summary>Renews a certificate.</summary>
    /// <exception cref="OpsException"><c>CertbotFailed</c>, <c>ProgramMissing</c>.</exception>
    public static Task RenewAsync(CertificateSettings certificate, CancellationToken cancellationToken) =>
        // That it is due was decided already, perhaps earlier than certbot would.
        RunAsync(certificate, ["--force-renewal"], cancellationToken);

    /// <summary>Tries a renewal and keeps nothing of it.</summary>
    /// <exception cref="OpsException">As <see cref="RenewAsync"/>.</exception>
    public static Task TryAsync(CertificateSettings certificate, CancellationToken cancellationToken) =>
        // A trial forgets which authority the certificate is from, unless it is told; of Let's Encrypt it takes the one for trials.
        RunAsync(certificate, ["--dry-run", .. Given("--server", Server(certificate))], cancellationToken);

    private static async Task RunAsync(CertificateSettings certificate, string[] how, CancellationToken cancellationToken)
    {
        var call = new ProgramCall("certbot", ["renew", "--cert-name", certificate.Lineage, "--non-interactive", "--no-random-sleep-on-renew", .. how, "--config-dir", certificate.ConfigFolder,
            .. Given("--work-dir", certificate.WorkFolder), .. Given("--logs-dir", certificate.LogsFolder), .. Given("--key-type", certificate.KeyType)])
        {
            Keeps = ProgramEnvironment.CloudLogins, // of its plugins that answer challenges in a cloud's DNS
        };
        try { await ProgramRunner.RunAsync(call, null, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ProgramFailed")
        {
            throw new OpsException("CertbotFailed", OpsErrorCategory.InvalidOperation, $"The renewal of {certificate.Name} failed: {e.Message.TrimEnd('.')}.",
                $"Mend what certbot reports; its log in {certificate.LogsFolder ?? "/var/log/letsencrypt"} tells more. What is served was not touched.", certificate.Name, e);
        }
    }

    private static string? Server(CertificateSettings certificate)
    {
        string file = Path.Combine(certificate.ConfigFolder, "renewal", certificate.Lineage + ".conf");
        try { return File.ReadLines(file).Select(l => l.Split('=', 2, StringSplitOptions.TrimEntries)).FirstOrDefault(p => p is ["server", _])?[1]; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; /* certbot says what is wrong with it */ }
    }

    private static string[] Given(string option, string? value) => value is null ? [] : [option, value];
}
