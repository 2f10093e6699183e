using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Planning;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>Plans restores: it looks at the backup and the live data once, and changes nothing.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class RestorePlanner(OpsContext context)
{
    /// <summary>How many tables a plan names; of more it says how many there are.</summary>
    private const int NamedTables = 500;

    /// <summary>
    /// Plans one restore. A store that does not give the backup is told, and the next one is looked at; it comes last in the plan.
    /// </summary>
    /// <param name="sources">The restore out of each store that has the backup, in the order in which they are to be taken.</param>
    /// <param name="counted">Whether live rows are counted, table by table.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">What was found (<c>RolesMissing</c>, <c>ExtensionsMissing</c>, <c>OutsideReferences</c> ...),
    /// <c>UnfinishedRestore</c>, <c>AsNeedsWholeDatabase</c>.</exception>
    public Task<ChangePlan> PlanAsync(IReadOnlyList<RestoreRequest> sources, bool counted, CancellationToken cancellationToken) =>
        RestoreErrors.TranslateAsync($"Restoring {RestoreService.Summarize(sources[0]).Target}", sources[0].Backup.Id, async () =>
        {
            foreach (RestoreRequest source in sources) source.Backup.Require(BackupKind.Database);
            (string name, string? tenant) = (sources[0].DatabaseName, RestoreService.TenantOf(sources[0]));
            UnfinishedRestores.Refuse(context, RestoreNames.Target(name, tenant), name, tenant);
            PostgresServer server = await DatabaseServers.ResolveAsync(context, name, cancellationToken).ConfigureAwait(false);
            ((RestoreLook look, CollectedWarnings warnings), int at) = await new RestoreSources(context.Reporter).FirstAsync(sources, s =>
                s.Backup.Store,
                async request =>
                {
                    var collected = new CollectedWarnings(context.Reporter);
                    OpsContext quiet = context with { Reporter = collected };
                    return (await (tenant is null ? new DatabaseRestore(quiet, request, server).LookAsync(counted, cancellationToken)
                        : new TenantRestore(quiet, request, tenant, server).LookAsync(counted, cancellationToken)).ConfigureAwait(false),
                            collected);
                }).ConfigureAwait(false);
            return Plan([.. sources.Skip(at), .. sources.Take(at)], look, warnings.All);
        });

    private ChangePlan Plan(IReadOnlyList<RestoreRequest> sources, RestoreLook look, IReadOnlyList<string> warnings)
    {
        RestoreArguments what = RestoreArguments.Of(sources);
        RestoreSummary words = RestoreService.Summarize(sources[0]);
        string stores = string.Join(", else ", what.Sources.Select(s => s.Store)), of = what.Tenant is null ? "database" : "schema";
        string switched = look.Replaces ? $"It takes the place of {look.Name}, which is kept under a dated name"
            : $"It becomes {look.Name}";
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = what.Tenant is null ? RestoreDatabase.KindName : RestoreTenant.KindName,
            Action = RestoreService.Action, Target = RestoreNames.Target(what.Name, what.Tenant), Subject = words.Target,
                Summary = words.Action + Counted(look),
            Arguments = what.Write(), PlannedAt = context.Time.GetUtcNow(), Warnings = warnings,
            Identities = [.. look.Identities, RestoreChange.Identity(what, what.Sources[0].Sha256)],
            Undo = look.Replaces ? "what was live is put back; what was restored is kept under a dated name" : null,
            Steps =
            [
                new PlannedStep(RestoreChange.Build,
                    $"Build the {of} beside the live data from backup {what.Backup} in store {stores}, and compare it with the manifest."),
                new PlannedStep(RestoreChange.Switch, switched + (what.Tenant is null && look.Replaces ? "; its sessions are ended."
                    : ".")),
            ],
            Figures =
            [
                new PlanFigure("age of the data", DurationText.Show(context.Time.GetUtcNow() - sources[0].Backup.StartedAt)),
                new PlanFigure("size", SizeText.Show(sources[0].Backup.SourceBytes)),
                new PlanFigure("rows are loaded as", look.LoadedAs), .. Tables(look, what.Tenant is null),
            ],
        };
    }

    /// <summary>How many tables change, in words; empty where nobody has looked.</summary>
    private static string Counted(RestoreLook look)
    {
        if (look.Changes.Count == 0) return "";
        (TableChangeKind Kind, string Words)[] kinds =
        [
            (TableChangeKind.RowCount, "with another row count"), (TableChangeKind.Appears, "new"), (TableChangeKind.Vanishes, "gone"),
            (TableChangeKind.Same, "as before"),
        ];
        return "; tables: " + string.Join(", ", kinds.Select(k => (k.Words, Count: look.Changes.Count(c => c.Change == k.Kind)))
            .Where(k => k.Count > 0).Select(k => FormattableString.Invariant($"{k.Count:N0} {k.Words}")));
    }

    /// <summary>What becomes of the tables, those that change first.</summary>
    private static IEnumerable<PlanFigure> Tables(RestoreLook look, bool whole)
    {
        IEnumerable<PlanFigure> named = look.Changes.Take(NamedTables)
            .Select(c => new PlanFigure(whole && c.Schema.Length > 0 ? $"{c.Schema}.{c.Table}" : c.Table, c.Words));
        return look.Changes.Count <= NamedTables ? named : named.Append(new PlanFigure("more tables",
            $"{look.Changes.Count - NamedTables:N0}"));
    }
}
