using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Pipes;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches.Forgetting;

/// <summary>Removes for good what a restore has replaced and kept.</summary>
internal sealed class ForgetReplaced : ChangeKind
{
    public const string KindName = "cache.forget", Action = "Remove-OpsCacheRestore";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan)
    {
        Databases(plan);
        return new BackupSubject(BackupKind.Cache, plan.Arguments["cache"], null).Target;
    }

    /// <summary>Plans it.</summary>
    /// <exception cref="OpsException"><c>CacheReplacedGone</c>.</exception>
    public static async Task<ChangePlan> PlanAsync(OpsContext context, JournalEntry restore, CancellationToken ct)
    {
        ChangePlan made = PlanTrace.Read(restore, context.Environment.Name) is { Kind: SwapCache.KindName or LoadCache.KindName } read
            && restore.Outcome == JournalOutcome.Completed ? read
            : throw CacheErrors.CacheReplacedGone.Make($"The change {restore.Id} ({restore.Action} of {restore.Target}) is no restore of a cache that has ended well.",
                "Get-OpsChange -Action Restore-OpsCache lists those.", restore.Id);
        CacheRestoreArguments what = CacheRestoreArguments.Read(made);
        int[] kept = [.. (what.Kept.Count > 0 ? what.Kept.Values : what.Staged.Values).Order()];
        var plan = new ChangePlan
        {
            Environment = context.Environment.Name, Kind = KindName, Action = Action, Target = what.Target, Irreversible = true,
            PlannedAt = context.Time.GetUtcNow(),
            Subject = $"what the restore {restore.Id} of the cache {what.Name} has replaced",
            Summary = $"Empty database {string.Join(", ", kept)}",
            Arguments = new Dictionary<string, string>
            {
                ["cache"] = what.Name, ["restore"] = restore.Id, ["databases"] = string.Join(',', kept),
            },
            Steps = [new PlannedStep("empty", $"Empty database {string.Join(", ", kept)}, which bear the restore's mark.")],
        };
        IReadOnlyList<PlanIdentity> identities = await new ForgetReplaced().IdentifyAsync(context, plan, ct).ConfigureAwait(false);
        return identities.Any(i => i.Value == CacheMark.Kept) ? plan with { Identities = identities }
            : throw CacheErrors.CacheReplacedGone.Make(
            $"Database {string.Join(", ", kept)} of the cache {what.Name} keeps nothing of the restore {restore.Id} any more.",
            "Nothing needs to be done.", restore.Id);
    }

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        RedisServer server = await CacheServers.ResolveAsync(context, plan.Arguments["cache"], cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var identities = new List<PlanIdentity>();
        foreach (int database in Databases(plan))
        {
            await connection.CallAsync(["SELECT", CacheMark.Text(database)], cancellationToken).ConfigureAwait(false);
            RedisReply said = await connection.CallAsync(["GET", CacheMark.KeyOf(plan.Arguments["restore"])],
                cancellationToken).ConfigureAwait(false);
            if (said is RedisError error) throw connection.Refused("GET", error);
            identities.Add(new PlanIdentity($"mark of database {database}", said.Text.Length == 0 ? "none" : said.Text));
        }
        return identities;
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string restore = run.Plan.Arguments["restore"];
        RedisServer server = await CacheServers.ResolveAsync(run.Context, run.Plan.Arguments["cache"],
            cancellationToken).ConfigureAwait(false);
        await using RedisPipe pipe = await RedisPipe.OpenAsync(run, server, cancellationToken).ConfigureAwait(false);
        var mark = new CacheMark(pipe, restore);
        await run.StepAsync("empty", async () =>
        {
            foreach (int database in Databases(run.Plan))
                if (await mark.ReadAsync(database, cancellationToken).ConfigureAwait(false) is CacheMark.Kept)
                    await mark.EmptyAsync(database, cancellationToken).ConfigureAwait(false);
            CacheRestoreNotes.Forget(run.Context, mark.Key);
        }).ConfigureAwait(false);
        return new ChangeResult($"What the restore {restore} had replaced was removed");
    }

    private static int[] Databases(ChangePlan plan) =>
        [.. plan.Arguments["databases"].Split(',').Select(d => int.TryParse(d, out int number) && number is >= 0 and < 65536 ? number
        : throw new FormatException($"{d} is no number of a database."))];
}
