using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Procedures.Sets.Changing;

/// <summary>Writes the manifest of a set into each store that has all of its backups: the set exists from then on.</summary>
internal sealed class SealSet : ChangeKind
{
    public const string KindName = "backup.set", Step = "seal";

    internal const string Id = "set", Stores = "stores", Subjects = "subjects";

    /// <summary>Clocks of this machine may be set back a little meanwhile.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => BackupKeys.TimeOf(plan.Arguments[Id]) is null
        ? throw new FormatException($"{plan.Arguments[Id]} is no id of a set.") : "set/" + plan.Arguments[Id];

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        OpsContext context = run.Context;
        string id = run.Plan.Arguments[Id];
        string[] subjects = run.Plan.Arguments[Subjects].Split('\n'), stores = run.Plan.Arguments[Stores].Split('\n');
        var records = new List<BackupSetRecord>();
        var lacking = new List<string>();
        await run.StepAsync(Step, async () =>
        {
            foreach (string store in stores)
            {
                try
                {
                    IReadOnlyList<BackupSetPart> parts = await FindAsync(context, store, id, cancellationToken).ConfigureAwait(false);
                    string[] missing = [.. subjects.Where(s => parts.Count(p => $"{p.Kind.Word()}/{p.Name}" == s) != 1)];
                    if (missing.Length > 0) lacking.Add($"{store} lacks {string.Join(", ", missing)}");
                    else await WriteAsync(run, context.OpenStore(store), new SetFile.Content(id, context.Environment.Name, parts),
                        cancellationToken).ConfigureAwait(false);
                }
                catch (OpsException e) { lacking.Add($"{store}: {e.Message.TrimEnd('.')}"); }
            }
        }).ConfigureAwait(false);
        await foreach (BackupSetRecord set in new BackupSetCatalog(context).ListAsync(stores, [id],
            cancellationToken).ConfigureAwait(false))
            records.Add(set);
        if (records.Count == 0)
            throw SetErrors.Incomplete.Make($"No store has all backups of the set {id}, so there is no set: {string.Join("; ", lacking)}.",
                "Mend the store, then run Backup-OpsEnvironment again. The backups that were made stay as backups of their own.", id);
        foreach (string store in lacking) context.Reporter.Warning($"Set {id} is not in every store: {store}.");
        BackupSetRecord first = records[0];
        return new ChangeResult($"Set {id} of {first.Parts.Count} backups, {DurationText.Show(first.Skew)} apart, is in "
            + string.Join(", ", records.Select(r => r.Store)), records);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        await run.StepAsync("unseal", async () =>
        {
            foreach (string store in run.Plan.Arguments[Stores].Split('\n'))
                await run.Context.OpenStore(store).DeleteAsync(run, SetFile.Key(run.Context.Environment.Name, run.Plan.Arguments[Id]),
                    cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return new ChangeResult($"The set {run.Plan.Arguments[Id]} is none any more; its backups stay");
    }

    private static async Task<IReadOnlyList<BackupSetPart>> FindAsync(OpsContext context, string store, string id, CancellationToken ct)
    {
        var parts = new List<BackupSetPart>();
        var query = new BackupQuery { Kinds = null, Stores = [store], After = BackupKeys.TimeOf(id)!.Value - Slack, Tenants = [],
            Quiet = true };
        var catalog = new BackupCatalog(context);
        await foreach (BackupRecord backup in catalog.ListAsync(query, ct).ConfigureAwait(false))
            if (backup.Labels.GetValueOrDefault(BackupSetCatalog.Label) == id && await catalog.IsWholeAsync(backup,
                ct).ConfigureAwait(false))
                parts.Add(new BackupSetPart
                {
                    Kind = backup.Kind, Name = backup.Name, Backup = backup.Id, Key = backup.Key, Sha256 = backup.Sha256,
                        StartedAt = backup.StartedAt,
                });
        return [.. parts.OrderBy(p => p.StartedAt)];
    }

    private static Task WriteAsync(ChangeRun run, IBackupStore store, SetFile.Content content, CancellationToken ct) =>
        store.WriteLockedAsync(run, SetFile.Key(content.Environment, content.Id),
            SetFile.Write(content, ManifestKey.Of(run.Context.Environment)), ct);
}
