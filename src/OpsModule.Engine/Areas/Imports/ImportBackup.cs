using System.Globalization;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Imports;

/// <summary>Takes a dump into stores as a backup. It is committed only when the file has the SHA-256 of the plan.</summary>
internal sealed class ImportBackup : ChangeKind
{
    public const string KindName = "backup.import", Action = "Import-OpsBackup", Step = "import";

    /// <summary>The labels that an imported backup carries: the file's name, and its SHA-256.</summary>
    public const string FileLabel = "imported", HashLabel = "imported-sha256";

    public override string Name => KindName;

    public static string Target(string id) => "backup/" + id;

    public override string TargetOf(ChangePlan plan)
    {
        string key = plan.Arguments["key"], id = BackupKeys.IdOf(key, plan.Environment);
        string group = BackupKeys.GroupPrefix(plan.Environment, plan.Arguments["name"], plan.Arguments.GetValueOrDefault("tenant"));
        if (BackupKeys.Folder(key) != group
            || !BackupKeys.IsObject(key)) throw new FormatException($"{key} is no backup of what the plan says it is of.");
        if (plan.Arguments["sha256"].Length != 64) throw new FormatException("the SHA-256 of the file is none.");
        return Target(id);
    }

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        IdentitiesAsync(context, plan, cancellationToken);

    public static async Task<IReadOnlyList<PlanIdentity>> IdentitiesAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        var identities = new List<PlanIdentity>
        {
            new("file " + plan.Arguments["file"], HashedFile.Describe(plan.Arguments["file"])),
            new("encryption of backups", context.Environment.Backups.Recipients.Count > 0 ? "age" : "none"),
        };
        string key = plan.Arguments["key"];
        foreach (string store in Stores(plan))
            identities.Add(new($"backup {BackupKeys.IdOf(key)} in {store}",
                await context.OpenStore(store).FindAsync(BackupKeys.Manifest(key), cancellationToken).ConfigureAwait(false) is null
                    ? "none" : "there"));
        return identities;
    }

    public override string WhenStopped(ChangePlan plan) =>
        $"The import of {plan.Arguments["file"]} was stopped; no store has a backup of it, and the file is as it was.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string key = run.Plan.Arguments["key"];
        var stores = new PlannedStores(run, Stores(run.Plan), key);
        DumpImporter? importer = null;
        await run.StepAsync(Step, async () =>
        {
            // What a run that was killed has made is there, perhaps not in each store.
            if (run.HasBegun(Step) && await stores.ClearAsync(cancellationToken).ConfigureAwait(false))
            {
                await stores.CompleteAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            importer = new DumpImporter(run);
            await importer.RunAsync(cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        // An import of now knows which stores have it, and which refused it, and why.
        (IReadOnlyList<BackupRecord> made, IReadOnlyList<OpsException> missing) = importer is null
            ? await stores.FindAsync(cancellationToken).ConfigureAwait(false) : new BackupOutcome(importer.Made, importer.Failures);
        foreach (OpsException error in missing) run.Context.Reporter.Failed(error);
        return new ChangeResult($"{run.Plan.Arguments["file"]} imported as backup {BackupKeys.IdOf(key)} to "
            + $"{string.Join(", ", made.Select(m => m.Store))}", made);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (!run.HasBegun(Step)) return new ChangeResult("Nothing had been imported");
        string key = run.Plan.Arguments["key"], file = run.Plan.Arguments["file"];
        int number = 0;
        string kept = "";
        foreach (string name in Stores(run.Plan))
        {
            IBackupStore store = run.Context.OpenStore(name);
            // Without the file it may be the last one.
            if (HashedFile.Describe(file) == "gone" && await store.FindAsync(BackupKeys.Manifest(key),
                cancellationToken).ConfigureAwait(false) is not null)
                await new BackupRemover(run.Context).CheckAsync(await new BackupCatalog(run.Context).FindAtAsync(name, key,
                    cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            await run.StepAsync($"remove-{number++}", async () =>
            {
                var removal = new StoredRemoval(store, key, run.Context.Time);
                await removal.RemoveManifestAsync(run, cancellationToken).ConfigureAwait(false);
                // Whoever reads it meanwhile gets the manifest back, and then the object must still be there.
                await removal.RemoveRestAsync(run).ConfigureAwait(false);
                await InterruptedBackups.RemoveAsync(run, store, key, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
            if (await StoredRemoval.WhatStaysAsync(store, cancellationToken).ConfigureAwait(false) is { } what) kept += $"; {name}: {what}";
        }
        return new ChangeResult($"The backup {BackupKeys.IdOf(key)} was removed from {string.Join(", ", Stores(run.Plan))}{kept}");
    }

    public static string[] Stores(ChangePlan plan) => plan.Arguments["stores"].Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The manifest as far as the plan knows it.</summary>
    public static BackupRecord Draft(OpsContext context, ChangePlan plan)
    {
        string key = plan.Arguments["key"], file = plan.Arguments["file"];
        return new BackupRecord
        {
            Id = BackupKeys.IdOf(key), Environment = context.Environment.Name, Name = plan.Arguments["name"], Key = key, Sha256 = "",
            Tenant = plan.Arguments.GetValueOrDefault("tenant"), Schema = plan.Arguments.GetValueOrDefault("schema"),
            StartedAt = DateTimeOffset.Parse(plan.Arguments["startedAt"], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            Compression = key.Contains(".dump.zst", StringComparison.Ordinal) ? Compression.Zstd : key.Contains(".dump.gz",
                StringComparison.Ordinal) ? Compression.Gzip : Compression.None,
            Encrypted = key.EndsWith(".age", StringComparison.Ordinal), ServerVersion = plan.Arguments["version"],
            Signature = new BackupCatalog(context).SignatureOfNew,
            LeftOut = plan.Arguments.GetValueOrDefault("leftOut", "").Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Labels = new Dictionary<string, string>(context.Environment.Backups.Labels)
            {
                [FileLabel] = Path.GetFileName(Path.TrimEndingDirectorySeparator(file)), [HashLabel] = plan.Arguments["sha256"],
            },
        };
    }
}
