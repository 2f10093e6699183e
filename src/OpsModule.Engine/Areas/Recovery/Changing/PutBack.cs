using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Puts back what a restore, or an undoing of one, has replaced. What is live now is kept in its turn.</summary>
/// <param name="run">The change that puts back.</param>
/// <param name="keeper">Has the target alone.</param>
/// <param name="timeout">How long to wait for a moment at which the switch disturbs nobody.</param>
internal sealed class PutBack(ChangeRun run, IKeeper keeper, TimeSpan timeout)
{
    // Noted before it is put back: after a kill, what is not there any more has been.
    private const string Incoming = "put-back";

    /// <summary>Takes back the change that is to be taken back; null when it keeps nothing that it replaced.</summary>
    public async Task<ChangeResult?> TakeBackAsync(CancellationToken cancellationToken)
    {
        List<Kept> kept = await keeper.ListAsync(cancellationToken).ConfigureAwait(false);
        if (run.Data.TryGetValue(Incoming, out string? name))
            return kept.Find(k => k.Name == name) is { } still ? await SwitchAsync(still, true, cancellationToken).ConfigureAwait(false)
                : await SettleAsync(kept, name, cancellationToken).ConfigureAwait(false);
        string change = run.Undoes ?? run.Id;
        return kept.Find(k => k.Note is { State: RestoreState.Replaced } n && n.Id == change) is { } replaced
            ? await SwitchAsync(replaced, true, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Puts one back.</summary>
    public Task<ChangeResult> SwitchAsync(Kept replaced, CancellationToken cancellationToken) => SwitchAsync(replaced, false, cancellationToken);

    private async Task<ChangeResult> SwitchAsync(Kept replaced, bool isTakingBack, CancellationToken cancellationToken)
    {
        // Of a switch that was killed before it was settled.
        await keeper.SettleAsync(replaced, cancellationToken).ConfigureAwait(false);
        var order = new SwitchOrder(run.Id, replaced.Note!, replaced.Name, timeout, run.Context.Time.GetTimestamp(), (outgoing, make) =>
        {
            var data = new Dictionary<string, string> { ["replaced"] = outgoing };
            if (isTakingBack) data[Incoming] = replaced.Name;
            return run.StepAsync(RestoreChange.Switch, make, data);
        });
        RestoreRecord record = await keeper.SwitchAsync(order, cancellationToken).ConfigureAwait(false);
        return new ChangeResult(order.Summary(record), record);
    }

    /// <summary>What a switch leaves to be done whose process was killed after it; the record, by what it keeps.</summary>
    public async Task<ChangeResult> SettleAsync(List<Kept> kept, string incoming, CancellationToken cancellationToken)
    {
        Kept? aside = kept.Find(k => k.Note is { State: RestoreState.Replaced } n && n.Id == run.Id);
        if (aside is not null) await keeper.SettleAsync(aside, cancellationToken).ConfigureAwait(false);
        return new ChangeResult($"{incoming} had been put back", aside is { Note: { } note } ? UnfinishedRestores.Switched(run.Id, note, aside) : null);
    }

    /// <summary>The error for a change that replaced nothing, or whose replaced data is not kept any more.</summary>
    public static OpsException NothingKept(string change, string target) => ChangeErrors.ChangeNotUndoable.Make(
        $"The restore {change} of {target} keeps nothing that it replaced.",
        "Get-OpsRestore shows what is kept. Restore another backup, or remove what was restored beside the live database.", change);
}
