using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Plans to drop what a restore keeps, for good: a replaced schema or database, or one that was staged and never switched in.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class RestoreRemoval(OpsContext context)
{
    /// <summary>Plans it. A record may be old, or of another environment: what is dropped is what is there now and belongs to this database.</summary>
    /// <exception cref="OpsException"><c>RestoreNotFound</c>.</exception>
    public Task<ChangePlan> PlanAsync(RestoreRecord restore, CancellationToken cancellationToken) =>
        RestoreErrors.TranslateAsync($"Dropping {restore.ReplacedName}", restore, async () =>
        {
            if (restore.ReplacedName is not { } kept || !RestoreNames.IsReserved(kept))
                throw new OpsException("RestoreNotFound", OpsErrorCategory.ObjectNotFound, $"The restore {restore.Id} keeps nothing that could be removed.",
                    "List what is kept with Get-OpsRestore.", restore);
            KeptArguments what = KeptArguments.Of(restore);
            (Kept? found, IReadOnlyList<PlanIdentity> identities) = await what.LookAsync(context, withLive: false, cancellationToken).ConfigureAwait(false);
            if (found is null) throw what.Gone();
            string size = found.Size is { } bytes ? $", {SizeText.Show(bytes)}" : "";
            return new ChangePlan
            {
                Environment = context.Environment.Name, Kind = RemoveRestore.KindName, Action = "Remove-OpsRestore", Target = what.Target,
                Subject = what.Words, Summary = $"Drop it for good ({restore.State}{size})", Arguments = what.Write(), Identities = identities,
                Irreversible = true, PlannedAt = context.Time.GetUtcNow(), Steps = [new PlannedStep(RemoveRestore.Drop, $"Drop {what.Words}.")],
                Figures = found.Size is { } taken ? [new PlanFigure("size", SizeText.Show(taken))] : [],
            };
        });
}
