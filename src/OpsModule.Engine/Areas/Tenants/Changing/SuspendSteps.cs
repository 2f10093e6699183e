using System.Globalization;
using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Areas.Tenants.Proving;
using OpsModule.Engine.Areas.Tenants.Timing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Suspends a tenant: control, note, one step for each thing that cuts it off, proof; and lifts it when its time is
/// over.</summary>
internal sealed class SuspendSteps(ChangeRun run, SuspendOrder order)
{
    internal const string Control = "control", Note = TenantTrail.Note, Proven = "proven", Own = "own", Forget = TenantTrail.Forget;

    private const string GiveUp = "give-up", Since = "since", Back = "back-", End = "end-";

    /// <summary>So long it waits until lifting is tried again.</summary>
    private static readonly TimeSpan NextTry = TimeSpan.FromMinutes(5), AfterStop = TimeSpan.FromSeconds(1);

    private readonly TenantStore _store = new(run.Context);
    private readonly HashSet<string> _begun = new(StringComparer.Ordinal);
    private Dictionary<string, string> _notes = [];

    private string Tenant => order.Tenant;

    private DateTimeOffset Now => run.Context.Time.GetUtcNow();

    public async Task<ChangeResult> RunAsync(CancellationToken ct)
    {
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(run.Context);
        if (run.HasBegun(Note) && TenantTrail.FindLost(run.Context, Tenant) is { } lost && lost.Id == OwnId)
            throw ChangeRun.LeaveOpen(TenantTrail.Lost(Tenant, lost));
        // Its time was over, and it was let in: a kill came before the last line.
        if (run.HasBegun(Note) && _store.Read(Tenant)?.Change != OwnId && (run.IsDone(Proven) || run.IsDone(Forget)))
            return run.HasBegun(GiveUp) ? throw Failed(null) : new ChangeResult($"{Tenant} is served again");
        _notes = Kept() ?? await BeginAsync(cuts, ct).ConfigureAwait(false);
        await run.StepAsync(Note, WriteNote, new Dictionary<string, string>(_notes)
        {
            [Own] = run.Id, [Since] = Now.ToString("O", CultureInfo.InvariantCulture),
        }).ConfigureAwait(false);
        if (run.HasBegun(GiveUp))
        {
            await BackAsync(null).ConfigureAwait(false);
            throw Failed(null);
        }
        if (!run.IsDone(Proven)) await CutAsync(cuts, ct).ConfigureAwait(false);
        return order.For is { } span ? await LiftAsync(span, ct).ConfigureAwait(false)
            : new ChangeResult($"{Tenant} is suspended{Words}", Record);
    }

    /// <summary>
    /// What an earlier run has noted; null where it has cut nothing off yet. The journal withholds what looks like a secret.
    /// </summary>
    private Dictionary<string, string>? Kept()
    {
        if (run.HasBegun(Note) && _store.Read(Tenant) is { } kept && kept.Change == OwnId)
            return new Dictionary<string, string>(kept.Before, StringComparer.Ordinal);
        return !run.IsDone(Note) ? null : throw ChangeRun.LeaveOpen(TenantErrors.TenantStoreUnreadable.Make(
            $"How everything was before {Tenant} was cut off is not kept any more.",
            "Bring the state folder's tenants/ back from a backup, then go on with it.", Tenant));
    }

    private string OwnId => run.Data.GetValueOrDefault(Own, run.Id);

    private DateTimeOffset Began => DateTimeOffset.ParseExact(run.Data[Since], "O", CultureInfo.InvariantCulture);

    private string Words => _store.Read(Tenant) is { IsProven: true } kept ? ", and each instance was seen refusing it"
        + (kept.Late is { } late ? $"; {late}" : "") : "; nobody has seen that";

    private TenantRecord? Record => _store.Read(Tenant)?.ToRecord(TenantStatus.Suspended, $"Suspended{Words}");

    /// <summary>Looks at everything before anything is done; what would keep it from being done, or lifted, is thrown here.</summary>
    private async Task<Dictionary<string, string>> BeginAsync(IReadOnlyList<ITenantCut> cuts, CancellationToken ct)
    {
        if (_store.Read(Tenant) is { } other)
            throw TenantErrors.TenantSuspendedAlready.Make($"Tenant {Tenant} is suspended already, by {other.Change}.",
                $"Resume-OpsTenant {Tenant} lets it in again.", Tenant);
        var looks = new List<(ITenantCut, CutLook)>();
        foreach (ITenantCut cut in cuts) looks.Add((cut, await cut.LookAsync(Tenant, ct).ConfigureAwait(false)));
        if (order.For is { } time) LiftRunner.Find(run.Context, Tenant, time);
        using TenantProver prover = Prover();
        if (order.Proves && prover.Any)
            await run.StepAsync(Control, () => prover.ControlAsync(Tenant, ct)).ConfigureAwait(false);
        return CutNotes.Write(Tenant, looks);
    }

    private Task WriteNote()
    {
        if (_store.Read(Tenant) is null)
            _store.Write(new KeptTenant
            {
                Tenant = Tenant, Change = OwnId, Since = Began, Until = Began + order.For, Runner = order.Runner, Reason = order.Reason,
                Before = _notes, Parts = [.. TenantCuts.Of(run.Context).Select(c => c.WordsFor(Tenant))],
            });
        return Task.CompletedTask;
    }

    private async Task CutAsync(IReadOnlyList<ITenantCut> cuts, CancellationToken ct)
    {
        long start = run.Context.Time.GetTimestamp();
        try
        {
            foreach (ITenantCut cut in cuts)
            {
                _begun.Add(cut.Step);
                try
                {
                    await run.StepAsync(cut.Step, () => cut.CutAsync(run, Tenant, CutNotes.Of(_notes, cut), ct)).ConfigureAwait(false);
                }
                // Where nobody answers nothing was asked, and nothing could be taken back either.
                catch (OpsException e) when (TenantErrors.TenantEndpointAway.Is(e))
                {
                    _begun.Remove(cut.Step);
                    throw;
                }
            }
        }
        catch (Exception e)
        {
            await BackAsync(e).ConfigureAwait(false);
            if (e is OpsException told) throw Failed(told);
            throw;
        }
        ProofRound? seen = null;
        using (TenantProver prover = Prover())
            if (order.Proves && prover.Any) seen = await ProveAsync(prover, ct).ConfigureAwait(false);
        double seconds = run.Context.Time.GetElapsedTime(start, seen?.SeenAt ?? run.Context.Time.GetTimestamp()).TotalSeconds;
        await run.StepAsync(Proven, () =>
        {
            if (_store.Read(Tenant) is { } kept)
                _store.Write(TenantPace.Judge(run.Context,
                    kept with { IsProven = seen?.Words.Count > 0, Proofs = seen?.Words ?? [] }, seconds));
            return Task.CompletedTask;
        }).ConfigureAwait(false);
    }

    /// <summary>
    /// Sees that others are served, which takes everything back where they are refused, and that each instance refuses this one: where one
    /// does not, or where others cannot be asked, it stays cut off as far as it is, and the change stays open.
    /// </summary>
    private async Task<ProofRound> ProveAsync(TenantProver prover, CancellationToken ct)
    {
        try
        {
            ProofRound round = await prover.RoundAsync(Tenant, ct).ConfigureAwait(false);
            if (round.Bad.Count == 0) return round;
            if (_store.Read(Tenant) is { } kept) _store.Write(kept with { IsProven = false, Proofs = round.Words });
            throw round.Code.Make($"Tenant {Tenant} is cut off, and not every instance was seen refusing it, and serving others: "
                + $"{string.Join("; ", round.Bad.Select(a => a.Words))}. It stays cut off.",
                $"See what that instance keeps (a cache, its own configuration), then prove it again: Resume-OpsChange {OwnId}. "
                + $"Undo-OpsChange {OwnId} lets the tenant in again.", Tenant);
        }
        catch (OpsException e) when (TenantErrors.OtherTenantRefused.Is(e))
        {
            await BackAsync(e).ConfigureAwait(false);
            throw Failed(e);
        }
        catch (Exception e) { throw ChangeRun.LeaveOpen(e); }
    }

    /// <summary>Waits until its time is over, and lets it in then. What keeps it from that is told, and tried again.</summary>
    private async Task<ChangeResult> LiftAsync(TimeSpan span, CancellationToken ct)
    {
        DateTimeOffset until = Began + span;
        run.WaitUntil(until, $"{Tenant} is suspended{Words}, until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC; {order.Runner} lets it "
            + $"in again");
        if (_store.Read(Tenant) is not { } kept || kept.Change != OwnId)
            return new ChangeResult($"{Tenant} had been let in again before its time was over");
        // Somebody has suspended it anew, without an end.
        if (kept.Until is null)
            return new ChangeResult($"{Tenant} stays suspended until Resume-OpsTenant: its end was taken away", Record);
        try
        {
            _store.Doubt(Tenant, OwnId);
            await new LiftSteps(run, Tenant, OwnId, kept.Before, End).RunAsync(_ => true, ct).ConfigureAwait(false);
            await run.StepAsync(Forget, ForgetIt).ConfigureAwait(false);
        }
        // Half of it is lifted, and nothing is taken back: whoever goes on with what is due goes on with it.
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            run.Context.Reporter.Warning($"Tenant {Tenant} was being let in again when it was stopped: Resume-OpsChange {OwnId} goes on "
                + $"with it, and so does {order.Runner}.");
            run.WaitUntil(Now + AfterStop, $"{Tenant} was being let in again when it was stopped");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            run.Context.Reporter.Warning($"Tenant {Tenant} was to be let in again, and could not be: {e.Message}");
            run.WaitUntil(Now + NextTry, $"{Tenant} was to be let in again, and could not be: {e.Message.TrimEnd('.')}");
        }
        (bool? isSeen, IReadOnlyList<string> words) = await LiftSteps.ProveAsync(run.Context, Tenant, ct).ConfigureAwait(false);
        string said = $"{Tenant} was suspended for {DurationText.Show(span)}, and is let in again"
            + (isSeen is false ? $"; it was not seen served: {string.Join("; ", words)}" : "");
        return new ChangeResult(said, new TenantRecord
        {
            Tenant = Tenant, Status = TenantStatus.Active, IsProven = isSeen, Proofs = words, Change = OwnId, Message = said,
        });
    }

    private Task ForgetIt()
    {
        _store.Remove(Tenant, OwnId);
        return Task.CompletedTask;
    }

    /// <summary>Takes back what was done, whoever wants to stop; what cannot be keeps the change open.</summary>
    private async Task BackAsync(Exception? cause)
    {
        try
        {
            await run.StepAsync(GiveUp, () => Task.CompletedTask).ConfigureAwait(false);
            // With what the steps have noted since.
            IReadOnlyDictionary<string, string> notes = _store.Read(Tenant) is { } kept && kept.Change == OwnId ? kept.Before : _notes;
            await new LiftSteps(run, Tenant, OwnId, notes, Back).RunAsync(c => _begun.Contains(c.Step) || run.HasBegun(c.Step),
                CancellationToken.None).ConfigureAwait(false);
            await run.StepAsync(Forget, ForgetIt).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            string why = cause is null ? "" : $"{cause.Message} ";
            throw ChangeRun.LeaveOpen(TenantErrors.TenantSuspensionFailed.Make(
                $"{why}What had been done to suspend {Tenant} could not all be taken back: {e.Message}",
                $"Mend what it says, then take back the rest: Undo-OpsChange {OwnId}.", Tenant, e));
        }
    }

    private OpsException Failed(OpsException? cause) => cause is null
        ? TenantErrors.TenantSuspensionFailed.Make($"The suspension of {Tenant} had failed; what had been done is taken back.",
            "Read its message (Get-OpsChange), mend it, and suspend the tenant anew.", Tenant)
        : new OpsException(cause.ErrorId, cause.Category, $"{cause.Message} What had been done was taken back.", cause.RecommendedAction,
            cause.Target, cause);

    private TenantProver Prover() => new(run.Context) { IsSuspended = t => _store.Read(t) is not null };
}
