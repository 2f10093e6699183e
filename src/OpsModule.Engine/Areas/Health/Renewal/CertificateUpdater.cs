using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>
/// Renews a certificate, lets the web server load it, and proves that it is served. What a run that was killed has left undone, the next one
/// does: it looks at the file and at the endpoint, and goes on from what it finds.
/// </summary>
public sealed class CertificateUpdater(OpsContext context, CertificateSettings certificate)
{
    private const string Action = "Update-OpsCertificate";

    private readonly ServingProgram _server = new(context, certificate);
    private readonly CertificateProof _proof = new(context, certificate);
    private readonly CertificateLoad _load = new(context, certificate);

    private string Target => "certificate/" + certificate.Name;

    /// <summary>Looks at the file and at the endpoint, and says what a run would do. Nothing is changed.</summary>
    /// <exception cref="OpsException"><c>CertificateUnreadable</c>.</exception>
    public async Task<CertificateUpdate> PlanAsync(CertificateUpdateRequest request, CancellationToken cancellationToken)
    {
        CertificateRecord file = Read();
        (string? difference, bool broken) = await _proof.LookAsync(cancellationToken).ConfigureAwait(false);
        bool due = request.Force || file.Left <= request.Within, unfinished = context.Journal.FindUnfinished(Target).Count > 0;
        string left = file.Left < TimeSpan.Zero ? $"It expired on {file.NotAfter:yyyy-MM-dd HH:mm}Z" : $"It is valid for {DurationText.Show(file.Left)}, until {file.NotAfter:yyyy-MM-dd HH:mm}Z";
        string reload = $"Reload {_server.Description} and prove what {certificate.Endpoint} serves";
        if (due) return Result(CertificateOutcome.WouldRenew, $"{left}. Renew it with certbot (--cert-name {certificate.Lineage}), reload {_server.Description}, and prove that {certificate.Endpoint} serves the new chain.");
        if (difference is null && !unfinished) return Result(CertificateOutcome.NotDue, $"{left}, and is served.");
        return Result(CertificateOutcome.WouldReload, difference is null ? $"{left}, and is served, but a run was interrupted. {reload}."
            : broken ? $"{left}. Whether it is served cannot be told: {difference}. {reload}." : $"{left}, but {difference}. {reload}.");
    }

    /// <summary>Lets certbot try a renewal without keeping anything.</summary>
    /// <exception cref="OpsException"><c>CertbotFailed</c>.</exception>
    public async Task<CertificateUpdate> TryAsync(CancellationToken cancellationToken)
    {
        await Certbot.TryAsync(certificate, cancellationToken).ConfigureAwait(false);
        return Result(CertificateOutcome.Tried, "certbot could renew it now (--dry-run). Nothing was kept.");
    }

    /// <summary>Does what the plan says.</summary>
    /// <exception cref="OpsException">
    /// <c>WebServerTestFailed</c>, <c>WebServerReloadFailed</c>, <c>CertbotFailed</c>, <c>CertificateNotRenewed</c>, <c>CertificateNotServed</c>; the
    /// message says what is on disk and what is served.
    /// </exception>
    public Task<CertificateUpdate> RunAsync(CertificateUpdateRequest request, CancellationToken cancellationToken) => ChangeAsync("update", async (change, earlier) =>
    {
        bool due = request.Force || Read().Left <= request.Within;
        // Settings that are broken already must not be found out about when the old certificate is replaced.
        await _server.TestAsync(cancellationToken).ConfigureAwait(false);
        KeptFiles? kept = KeptFiles.At(earlier?.GetValueOrDefault("kept"));
        // What an interrupted run has renewed is not renewed again because that was asked for by force.
        bool renewed = kept is not null && Read(kept.CertificateFile).Sha256 != Read().Sha256;
        if (!renewed) kept?.Discard();
        if (due && !renewed)
        {
            kept = await RenewAsync(change, cancellationToken).ConfigureAwait(false);
            renewed = true;
        }
        await _load.RunAsync(change, renewed ? kept : null, request.Timeout, cancellationToken).ConfigureAwait(false);
        return !renewed ? Result(CertificateOutcome.Reloaded, $"{certificate.Endpoint} serves what {certificate.ServedFile} holds.")
            : Result(CertificateOutcome.Renewed, $"{certificate.Endpoint} serves the new chain. To go back: {Action} {certificate.Name} -Undo.") with { Replaced = Read(kept!.CertificateFile).Sha256, Kept = kept.Folder };
    }, cancellationToken);

    /// <summary>What going back would do, in words.</summary>
    /// <exception cref="OpsException"><c>NothingKept</c>, <c>OldCertificateExpired</c>.</exception>
    public string PlanUndo()
    {
        (KeptFiles kept, CertificateRecord old) = FindKept();
        return $"Put back the certificate valid until {old.NotAfter:yyyy-MM-dd HH:mm}Z ({kept.Folder}), reload {_server.Description}, and prove that it is served";
    }

    /// <summary>Puts back what the last renewal replaced.</summary>
    /// <exception cref="OpsException"><c>NothingKept</c>, <c>OldCertificateExpired</c>, <c>CertificateNotServed</c> and the others of a run.</exception>
    public Task<CertificateUpdate> UndoAsync(CertificateUpdateRequest request, CancellationToken cancellationToken) => ChangeAsync("undo", async (change, _) =>
    {
        (KeptFiles kept, CertificateRecord old) = FindKept();
        string replaced = Read().Sha256;
        await change.StepAsync("putting-back", new Dictionary<string, string> { ["from"] = kept.Folder }).ConfigureAwait(false);
        kept.PutBack(certificate);
        await _load.RunAsync(change, null, request.Timeout, cancellationToken).ConfigureAwait(false);
        return Result(CertificateOutcome.PutBack, $"{certificate.Endpoint} serves the certificate valid until {old.NotAfter:yyyy-MM-dd HH:mm}Z again.") with { Replaced = replaced, Kept = kept.Folder };
    }, cancellationToken);

    private async Task<CertificateUpdate> ChangeAsync(string asked, Func<IJournaledChange, IReadOnlyDictionary<string, string>?, Task<CertificateUpdate>> body, CancellationToken cancellationToken)
    {
        using IDisposable hold = context.Locks.Acquire(Target, Action);
        UnfinishedChange? earlier = context.Journal.FindUnfinished(Target).LastOrDefault();
        if (earlier is not null)
            context.Reporter.Warning($"The run {earlier.Id} of {earlier.StartedAt:u} was interrupted at '{earlier.LastStep ?? "its beginning"}'; this one goes on from what is there.");
        await using IJournaledChange change = earlier is not null ? await context.Journal.ContinueAsync(earlier).ConfigureAwait(false)
            : await context.Journal.BeginAsync(Action, Target, new Dictionary<string, string> { ["asked"] = asked, ["endpoint"] = certificate.Endpoint, ["file"] = certificate.ServedFile }).ConfigureAwait(false);
        try
        {
            CertificateUpdate result = await body(change, earlier?.Data).ConfigureAwait(false);
            await change.CompleteAsync(result.Message, new Dictionary<string, string> { ["sha256"] = result.Sha256 }).ConfigureAwait(false);
            return result;
        }
        catch (Exception e)
        {
            await change.FailAsync(e, "CertificateNotUpdated", $"{Action} {certificate.Name} was stopped; run it again, and it goes on from what is there.").ConfigureAwait(false);
            throw;
        }
    }

    private async Task<KeptFiles> RenewAsync(IJournaledChange change, CancellationToken cancellationToken)
    {
        string old = Read().Sha256;
        KeptFiles kept = KeptFiles.Keep(context, certificate);
        await change.StepAsync("kept", new Dictionary<string, string> { ["kept"] = kept.Folder, ["old"] = old }).ConfigureAwait(false);
        try
        {
            await Certbot.RenewAsync(certificate, cancellationToken).ConfigureAwait(false);
            if (Read().Sha256 == old)
                throw new OpsException("CertificateNotRenewed", OpsErrorCategory.InvalidData, $"certbot ended well, but {certificate.ServedFile} holds the same certificate as before.",
                    "Does 'file:' of the environment file name what certbot renews? What is served was not touched.", certificate.Name);
        }
        catch (OpsException)
        {
            kept.Discard();
            throw;
        }
        await change.StepAsync("renewed", new Dictionary<string, string> { ["new"] = Read().Sha256 }).ConfigureAwait(false);
        return kept;
    }

    private (KeptFiles Kept, CertificateRecord Old) FindKept()
    {
        KeptFiles kept = KeptFiles.Last(context, certificate) ?? throw new OpsException("NothingKept", OpsErrorCategory.ObjectNotFound,
            $"No renewal of {certificate.Name} has kept old files under {context.Environment.StateDirectory}.", "Nothing has to be done; certbot keeps old versions in its archive folder.", certificate.Name);
        CertificateRecord old = Read(kept.CertificateFile);
        return old.Left > TimeSpan.Zero ? (kept, old) : throw new OpsException("OldCertificateExpired", OpsErrorCategory.InvalidOperation,
            $"The certificate that was kept in {kept.Folder} expired on {old.NotAfter:yyyy-MM-dd HH:mm}Z.", $"Renew instead: {Action} {certificate.Name} -Force.", certificate.Name);
    }

    private CertificateRecord Read(string? path = null) => ServedFile.Read(path ?? certificate.ServedFile, context.Time).Certificate;

    private CertificateUpdate Result(CertificateOutcome outcome, string message)
    {
        CertificateRecord now = Read();
        return new CertificateUpdate
        {
            Name = certificate.Name, Endpoint = certificate.Endpoint, File = certificate.ServedFile, Outcome = outcome, NotAfter = now.NotAfter, Left = now.Left, Sha256 = now.Sha256, Message = message,
        };
    }
}
