using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health.Changing;

/// <summary>
/// Renewals of the version that made no plans: what the file holds now is loaded and proved, or the old files are put back.
/// </summary>
internal sealed class UnplannedCertificates : UnplannedChange
{
    private static readonly TimeSpan Timeout = new CertificateUpdateRequest().Timeout;

    public override IReadOnlyList<string> Actions => ["Update-OpsCertificate"];

    /// <summary>certbot is not asked again: what it has not renewed the next update will find due.</summary>
    public override Task<ChangeResult> ResumeAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken) =>
        EndAsync(context, entry, async (certificate, load) =>
    {
        if (IsUndo(entry))
        {
            KeptFiles? old = KeptFiles.At(entry.Data.GetValueOrDefault("from")) ?? KeptFiles.Last(context, certificate);
            if (entry.Steps.Count == 0) CertificatePlanner.CheckGoesBack(context, certificate, old, [Sha256(context,
                certificate.ServedFile)]);
            await load.GoBackAsync(old, cancellationToken).ConfigureAwait(false);
            return $"{certificate.Endpoint} serves the old certificate again";
        }
        KeptFiles? kept = KeptFiles.At(entry.Data.GetValueOrDefault("kept"));
        bool renewed = kept is not null && Sha256(context, kept.CertificateFile) != Sha256(context, certificate.ServedFile);
        if (!renewed) kept?.Discard();
        await load.RunAsync(renewed ? kept : null, servedBefore: true, cancellationToken).ConfigureAwait(false);
        return $"{certificate.Endpoint} serves what {certificate.ServedFile} holds{(renewed ? "" : ", which was not renewed")}";
    });

    public override Task<ChangeResult> UndoAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken)
    {
        if (IsUndo(entry) && entry is { Outcome: not JournalOutcome.Completed, Steps.Count: 0 })
            return EndAsync(context, entry, (_, _) => Task.FromResult("No file had been put back"), isUndo: true);
        if (IsUndo(entry)) throw ChangeErrors.ChangeNotUndoable.Make($"The change {entry.Id} puts old files back itself.",
            entry.Outcome is JournalOutcome.Completed ? $"Renew instead: {entry.Action} -Force."
                : $"Bring it to its end: Resume-OpsChange {entry.Id}.", entry.Id);
        return EndAsync(context, entry, async (certificate, load) =>
        {
            KeptFiles? kept = KeptFiles.At(entry.Data.GetValueOrDefault("kept"));
            if (entry.Data.ContainsKey("kept") && kept is null) throw KeptFiles.Gone(certificate);
            string now = Sha256(context, certificate.ServedFile);
            if (kept is null || (now == Sha256(context, kept.CertificateFile) && entry.Outcome is not JournalOutcome.Completed))
            {
                kept?.Discard();
                return "No file had been replaced";
            }
            // A run that was killed in certbot has not noted what it brought.
            CertificatePlanner.CheckGoesBack(context, certificate, kept, [entry.Data.GetValueOrDefault("new") ?? now, Sha256(context,
                kept.CertificateFile)]);
            await load.GoBackAsync(kept, cancellationToken).ConfigureAwait(false);
            return $"{certificate.Endpoint} serves the old certificate again";
        }, isUndo: true);
    }

    private static async Task<ChangeResult> EndAsync(OpsContext context, JournalEntry entry, Func<CertificateSettings, CertificateLoad,
        Task<string>> body, bool isUndo = false)
    {
        string name = entry.Target["certificate/".Length..];
        CertificateSettings certificate = CertificatePlanner.SettingsOf(context, name, entry.Data["endpoint"], null);
        using IDisposable hold = context.Locks.Acquire(CertificatePlanner.TargetOf(name), entry.Action);
        bool ended = entry.Outcome is JournalOutcome.Completed;
        IJournaledChange change = ended
            ? await context.Journal.BeginAsync("Undo-OpsChange", entry.Target, new Dictionary<string,
                string> { [PlanTrace.Undoes] = entry.Id }).ConfigureAwait(false)
            : await context.Journal.ContinueAsync(UnfinishedChange.Of(entry)).ConfigureAwait(false);
        await using var _ = change.ConfigureAwait(false);
        var load = new CertificateLoad(context, certificate, Timeout, async (step, work, data) =>
        {
            await change.StepAsync(step, data).ConfigureAwait(false);
            await work().ConfigureAwait(false);
            await change.StepAsync(step + ChangeRun.EndOfStep).ConfigureAwait(false);
        });
        string said;
        try { said = await body(certificate, load).ConfigureAwait(false); }
        catch (Exception e)
        {
            // One that is unfinished stays so, and can be gone on with again.
            if (ended) await change.FailAsync(e, "UndoFailed",
                $"Undo-OpsChange of {entry.Id} was stopped; run it again.").ConfigureAwait(false);
            throw;
        }
        if (isUndo && !ended) await change.FailAsync("Undone", said).ConfigureAwait(false);
        else await change.CompleteAsync(said).ConfigureAwait(false);
        return new ChangeResult(said) { Change = change.Id };
    }

    private static bool IsUndo(JournalEntry entry) => entry.Data.GetValueOrDefault("asked") == "undo";

    private static string Sha256(OpsContext context, string file) => ServedFile.Read(file, context.Time).Certificate.Sha256;
}
