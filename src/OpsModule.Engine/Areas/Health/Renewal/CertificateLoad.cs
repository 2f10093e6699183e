using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>Does one thing that is in the journal before it is done, and once more afterwards, as <see cref="ChangeRun.StepAsync"/>.</summary>
/// <param name="name">The step.</param>
/// <param name="body">Does it.</param>
/// <param name="data">What is noted before.</param>
internal delegate Task CertificateStep(string name, Func<Task> body, IReadOnlyDictionary<string, string>? data = null);

/// <summary>
/// Tests the web server, reloads it, and proves what it serves. What broke it is taken back; what is only not served yet stays, for it is
/// good, and going back would only bring the old one's end nearer.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="certificate">Which one.</param>
/// <param name="timeout">How long the endpoint may take.</param>
/// <param name="step">Makes the steps.</param>
internal sealed class CertificateLoad(OpsContext context, CertificateSettings certificate, TimeSpan timeout, CertificateStep step)
{
    /// <summary>The step that puts the old files back, and what is noted with it: the error that is the reason.</summary>
    public const string PutBack = "put-back", FailedId = "failed-id", Failed = "failed";

    private readonly ServingProgram _server = new(context, certificate);
    private readonly CertificateProof _proof = new(context, certificate);

    /// <summary>Loads what the file holds.</summary>
    /// <param name="kept">The old files, when they were replaced.</param>
    /// <param name="servedBefore">Whether TLS was served before anything was changed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>WebServerTestFailed</c>, <c>WebServerReloadFailed</c>, <c>CertificateNotServed</c>.</exception>
    public async Task RunAsync(KeptFiles? kept, bool servedBefore, CancellationToken cancellationToken)
    {
        bool broken = false;
        try
        {
            // It passed before the files were replaced; when it does not any more, they are to blame.
            await step("test", () => _server.TestAsync(cancellationToken),
                new Dictionary<string, string> { ["new"] = ServedFile.Read(certificate.ServedFile, context.Time).Certificate.Sha256 }).ConfigureAwait(false);
            await step("reload", () => _server.ReloadAsync(cancellationToken)).ConfigureAwait(false);
            await step("prove", async () =>
            {
                (string? difference, broken) = await _proof.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
                if (difference is not null) throw NotServed(difference);
            }).ConfigureAwait(false);
        }
        catch (OpsException e) when (kept is not null && (CertificateErrors.WebServerTestFailed.Is(e) || CertificateErrors.WebServerReloadFailed.Is(e)
            || (CertificateErrors.CertificateNotServed.Is(e) && broken && servedBefore)))
        {
            throw await TakeBackAsync(e.ErrorId, e.Message, e, kept, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts back what a renewal replaced, and loads it.</summary>
    /// <param name="errorId">The error that is the reason.</param>
    /// <param name="message">What it says.</param>
    /// <param name="cause">The same, where it is at hand.</param>
    /// <param name="kept">The old files; null when they are gone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The error, which now says what has become of it.</returns>
    public async Task<OpsException> TakeBackAsync(string errorId, string message, Exception? cause, KeptFiles? kept, CancellationToken cancellationToken)
    {
        string what = message.TrimEnd('.');
        try
        {
            await step(PutBack, async () =>
            {
                (kept ?? throw KeptFiles.Gone(certificate)).PutBack(certificate);
                await _server.TestAsync(cancellationToken).ConfigureAwait(false);
                await _server.ReloadAsync(cancellationToken).ConfigureAwait(false);
            }, new Dictionary<string, string> { [FailedId] = errorId, [Failed] = message }).ConfigureAwait(false);
            (string? difference, _) = await _proof.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            what += difference is null ? ". The old files were put back and are served" : $". The old files were put back, but {difference}";
        }
        catch (OpsException e) { what += $". Going back failed, too: {e.Message.TrimEnd('.')}"; }
        return new OpsException(errorId, (cause as OpsException)?.Category ?? OpsErrorCategory.InvalidOperation, what + ".",
            $"Find out why the new certificate does not serve; certbot keeps it in {Path.Combine(certificate.ConfigFolder, "archive", certificate.Lineage)}.", certificate.Name, cause);
    }

    /// <summary>Puts the old files back because somebody wants so, loads them, and forgets the copies.</summary>
    /// <exception cref="OpsException"><c>NothingKept</c>, <c>OldCertificateExpired</c>, <c>CertificateNotServed</c> and the others of a run.</exception>
    /// <returns>What is served again.</returns>
    public async Task<CertificateRecord> GoBackAsync(KeptFiles? kept, CancellationToken cancellationToken)
    {
        await step(PutBack, () => Task.Run(() => (kept ?? throw KeptFiles.Gone(certificate)).PutBack(certificate), cancellationToken)).ConfigureAwait(false);
        await RunAsync(null, servedBefore: true, cancellationToken).ConfigureAwait(false);
        kept?.Discard();
        return ServedFile.Read(certificate.ServedFile, context.Time).Certificate;
    }

    private OpsException NotServed(string difference) => CertificateErrors.CertificateNotServed.Make(
        $"{DurationText.Show(timeout)} after the reload of {_server.Description}, {certificate.Endpoint} does not serve what {certificate.ServedFile} holds: {difference}.",
        "The file is good and stays. Does that server read this file, does something else answer at the endpoint, were all instances reloaded? Then run the command again: it only reloads and looks.", certificate.Name);
}
