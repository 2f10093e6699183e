using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Puts a mark beside a backup, or takes one away: a pin, or that it lacks rows.</summary>
internal sealed class MarkBackup : ChangeKind
{
    public const string KindName = "backup.mark";

    /// <summary>Which mark.</summary>
    public const string Mark = "mark", Pin = "pin", Losses = "losses";

    /// <summary>What the mark is to hold; left out for one that is taken away.</summary>
    public const string Content = "content";

    private const string Before = "before";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan)
    {
        KeyOf(plan);
        return BackupKeys.Target(BackupKeys.IdOf(plan.Arguments["key"], plan.Environment), plan.Arguments["store"]);
    }

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        BackupRecord backup = await new BackupCatalog(context).FindAtAsync(plan.Arguments["store"], plan.Arguments["key"],
            cancellationToken).ConfigureAwait(false);
        byte[]? now = await BackupMarks.ReadAsync(context.OpenStore(backup.Store), KeyOf(plan), cancellationToken).ConfigureAwait(false);
        return [new($"SHA-256 of backup {backup.Id} in {backup.Store}", backup.Sha256),
            new($"its mark {plan.Arguments[Mark]}", now is null ? "none"
                : Convert.ToHexString(SHA256.HashData(now))[..16].ToLowerInvariant())];
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        IBackupStore store = run.Context.OpenStore(run.Plan.Arguments["store"]);
        string key = KeyOf(run.Plan);
        // Of a run that was killed the journal knows what was there before; what is there now may be its own.
        byte[]? before = run.HasBegun("mark") ? null : await BackupMarks.ReadAsync(store, key, cancellationToken).ConfigureAwait(false);
        await run.StepAsync("mark", () => PutAsync(run, store, key, run.Plan.Arguments.GetValueOrDefault(Content), cancellationToken),
            before is null ? null : new Dictionary<string, string> { [Before] = Encoding.UTF8.GetString(before) }).ConfigureAwait(false);
        return new ChangeResult(run.Plan.Summary, await new BackupCatalog(run.Context).FindAtAsync(store.Name, run.Plan.Arguments["key"],
            cancellationToken).ConfigureAwait(false));
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (!run.HasBegun("mark")) return new ChangeResult("Nothing had been marked");
        IBackupStore store = run.Context.OpenStore(run.Plan.Arguments["store"]);
        await run.StepAsync("unmark", () => PutAsync(run, store, KeyOf(run.Plan), run.Data.GetValueOrDefault(Before),
            cancellationToken)).ConfigureAwait(false);
        return new ChangeResult("The mark is as it was before");
    }

    private static Task PutAsync(ChangeRun run, IBackupStore store, string key, string? content, CancellationToken cancellationToken) =>
        content is null ? store.DeleteAsync(run, key, cancellationToken) : BackupMarks.WriteAsync(run, store, key, Encoding.UTF8.GetBytes(content),
            cancellationToken);

    private static string KeyOf(ChangePlan plan) => plan.Arguments[Mark] switch
    {
        Pin => BackupKeys.Pin(plan.Arguments["key"]),
        Losses => BackupKeys.Losses(plan.Arguments["key"]),
        var other => throw new FormatException($"there is no mark {other}."),
    };
}
