using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>
/// Tests the web server, reloads it, and proves what it serves. What broke it is taken back; what is only not served yet stays, for it is
/// good, and going back would only bring the old one's end nearer.
/// </summary>
internal sealed class CertificateLoad(OpsContext context, CertificateSettings certificate)
{
    private readonly ServingProgram _server = new(context, certificate);
    private readonly CertificateProof _proof = new(context, certificate);

    /// <param name="change">Notes the steps.</param>
    /// <param name="kept">The old files, when they were replaced.</param>
    /// <param name="timeout">How long the endpoint may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>WebServerTestFailed</c>, <c>WebServerReloadFailed</c>, <c>CertificateNotServed</c>.</exception>
    public async Task RunAsync(IJournaledChange change, KeptFiles? kept, TimeSpan timeout, CancellationToken cancellationToken)
    {
        bool servedBefore = !(await _proof.LookAsync(cancellationToken).ConfigureAwait(false)).Broken;
        try
        {
            // It passed before the files were replaced; when it does not any more, they are to blame.
            await _server.TestAsync(cancellationToken).ConfigureAwait(false);
            await change.StepAsync("tested").ConfigureAwait(false);
            await _server.ReloadAsync(cancellationToken).ConfigureAwait(false);
            await change.StepAsync("reloaded").ConfigureAwait(false);
        }
        catch (OpsException e) when (kept is not null && (e.ErrorId is "WebServerTestFailed" or "WebServerReloadFailed"))
        {
            throw await TakeBackAsync(e, kept, timeout, cancellationToken).ConfigureAwait(false);
        }
        (string? difference, bool broken) = await _proof.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        if (difference is null)
        {
            await change.StepAsync("proved").ConfigureAwait(false);
            return;
        }
        var unproved = new OpsException("CertificateNotServed", OpsErrorCategory.InvalidData,
            $"{DurationText.Show(timeout)} after the reload of {_server.Description}, {certificate.Endpoint} does not serve what {certificate.ServedFile} holds: {difference}.",
            "The file is good and stays. Does that server read this file, does something else answer at the endpoint, were all instances reloaded? Then run the command again: it only reloads and looks.", certificate.Name);
        if (broken && servedBefore && kept is not null) throw await TakeBackAsync(unproved, kept, timeout, cancellationToken).ConfigureAwait(false);
        throw unproved;
    }

    private async Task<OpsException> TakeBackAsync(OpsException cause, KeptFiles kept, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string what = cause.Message.TrimEnd('.');
        try
        {
            kept.PutBack(certificate);
            await _server.TestAsync(cancellationToken).ConfigureAwait(false);
            await _server.ReloadAsync(cancellationToken).ConfigureAwait(false);
            (string? difference, _) = await _proof.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            what += difference is null ? ". The old files were put back and are served" : $". The old files were put back, but {difference}";
        }
        catch (OpsException e) { what += $". Going back failed, too: {e.Message.TrimEnd('.')}"; }
        return new OpsException(cause.ErrorId, cause.Category, what + ".", $"Find out why the new certificate does not serve; certbot keeps it in {Path.Combine(certificate.ConfigFolder, "archive", certificate.Lineage)}.", certificate.Name, cause);
    }
}
