using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Plans to put back what a restore replaced. What was restored is kept in its turn, so that an undo can be undone.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class RestoreUndo(OpsContext context)
{
    /// <summary>Plans it.</summary>
    /// <param name="restore">From <see cref="RestoreCatalog"/>.</param>
    /// <param name="switchTimeout">How long to wait and retry for a moment at which the switch disturbs nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>NothingReplaced</c>, <c>RestoreNotFound</c>, <c>UnfinishedRestore</c>.</exception>
    public Task<ChangePlan> PlanAsync(RestoreRecord restore, TimeSpan switchTimeout, CancellationToken cancellationToken) =>
        RestoreErrors.TranslateAsync($"Undoing the restore {restore.Id}", restore, async () =>
        {
            if (restore.State != RestoreState.Replaced || restore.ReplacedName is null)
                throw new OpsException("NothingReplaced", OpsErrorCategory.InvalidOperation, $"The restore {restore.Id} keeps nothing that it replaced ({restore.State}).",
                    "List what can be undone with Get-OpsRestore. An unfinished restore is removed with Undo-OpsChange or Remove-OpsRestore.", restore);
            KeptArguments what = KeptArguments.Of(restore);
            UnfinishedRestores.Refuse(context, what.Target, what.Name, what.Tenant);
            (Kept? found, IReadOnlyList<PlanIdentity> identities) = await what.LookAsync(context, withLive: true, cancellationToken).ConfigureAwait(false);
            if (found?.Note is not { State: RestoreState.Replaced } note)
                throw new OpsException("RestoreNotFound", OpsErrorCategory.ObjectNotFound,
                    found?.Doubt ?? $"{restore.ReplacedName} is not there any more, or its comment no longer says what it replaced.",
                    "List what can be undone with Get-OpsRestore.", restore);
            string live = $"{restore.Kind.ToString().ToLowerInvariant()} {note.Original}";
            return new ChangePlan
            {
                Environment = context.Environment.Name, Kind = UndoRestore.KindName, Action = RestoreService.UndoAction, Target = what.Target,
                Subject = restore.Kind == RestoreKind.Schema ? $"{live} of database {restore.Name}" : $"database {restore.Name}",
                Summary = $"Put back {restore.ReplacedName}, which was replaced at {restore.RestoredAt:u}, and keep what is live now under a dated name",
                Arguments = what.Write(switchTimeout), Identities = identities, PlannedAt = context.Time.GetUtcNow(),
                Steps = [new PlannedStep(RestoreChange.Switch, $"{restore.ReplacedName} becomes {live} again.")],
                Undo = "what is live now is put back in its turn",
            };
        });
}
