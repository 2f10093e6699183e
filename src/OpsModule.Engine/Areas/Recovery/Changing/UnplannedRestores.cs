using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>
/// Restores of earlier versions, which had no plans: what they staged, and what they keep, says by its name and comment how far they came.
/// </summary>
public sealed class UnplannedRestores : UnplannedChange
{
    /// <summary>How long a switch that is gone on with waits for a moment at which it disturbs nobody.</summary>
    private static readonly TimeSpan SwitchTimeout = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Actions => [RestoreService.Action, RestoreService.UndoAction];

    /// <inheritdoc/>
    public override async Task<ChangeResult> ResumeAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken)
    {
        RestoreRecord? record = await InAsync(context, entry, "Resuming", (unfinished, keeper) =>
            unfinished.ResumeAsync(keeper, UnfinishedChange.Of(entry), SwitchTimeout, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (record is null)
        {
            ChangePlan plan = await new RestorePlanner(context).PlanAsync([await AgainAsync(context, entry, cancellationToken).ConfigureAwait(false)], false, cancellationToken).ConfigureAwait(false);
            record = (await new ChangeRunner(context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value as RestoreRecord;
        }
        return new ChangeResult($"restored; {record?.ReplacedName ?? "nothing"} is kept", record);
    }

    /// <inheritdoc/>
    public override async Task<ChangeResult> UndoAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Outcome is not JournalOutcome.Completed)
        {
            await InAsync(context, entry, "Undoing", async (unfinished, keeper) =>
            {
                await unfinished.RemoveAsync(keeper, UnfinishedChange.Of(entry), cancellationToken).ConfigureAwait(false);
                return true;
            }, cancellationToken).ConfigureAwait(false);
            return new ChangeResult("what it left was removed") { Change = entry.Id };
        }
        IReadOnlyList<RestoreRecord> kept = await new RestoreCatalog(context).FindAsync([entry.Id], null, e => throw e, cancellationToken).ConfigureAwait(false);
        RestoreRecord restore = kept.FirstOrDefault(r => r.State == RestoreState.Replaced) ?? throw PutBack.NothingKept(entry.Id, entry.Target);
        ChangePlan plan = await new RestoreUndo(context).PlanAsync(restore, SwitchTimeout, cancellationToken).ConfigureAwait(false);
        return (await new ChangeRunner(context).RunAsync(plan, cancellationToken).ConfigureAwait(false))!;
    }

    private static Task<T> InAsync<T>(OpsContext context, JournalEntry entry, string doing, Func<UnfinishedRestores, IKeeper, Task<T>> body, CancellationToken cancellationToken)
    {
        (string name, string? tenant) = RestoreNames.Parse(entry.Target) ?? throw new FormatException($"{entry.Target} is no target of a restore.");
        return RestoreErrors.TranslateAsync($"{doing} the restore {entry.Id}", name, async () =>
        {
            PostgresServer server = await DatabaseServers.ResolveAsync(context, name, cancellationToken).ConfigureAwait(false);
            using IDisposable hold = context.Locks.Acquire(entry.Target, entry.Action);
            await using IKeeper keeper = await IKeeper.OpenAsync(context, server, tenant is null ? RestoreKind.Database : RestoreKind.Schema, tenant, cancellationToken).ConfigureAwait(false);
            return await body(new UnfinishedRestores(context), keeper).ConfigureAwait(false);
        });
    }

    /// <summary>What was asked for, as far as the journal has it.</summary>
    private static async Task<RestoreRequest> AgainAsync(OpsContext context, JournalEntry entry, CancellationToken cancellationToken)
    {
        string backup = entry.Data.GetValueOrDefault("backup") ?? throw ChangeErrors.ChangeNotResumable.Make(
            $"The journal does not say which backup the restore {entry.Id} of {entry.Target} was of.", "Restore anew.", entry.Id);
        string[] stores = entry.Data.GetValueOrDefault("store") is { Length: > 0 } store ? [store] : [.. context.Environment.Backups.Stores.Keys];
        (string name, string? tenant) = RestoreNames.Parse(entry.Target)!.Value;
        return new RestoreRequest
        {
            Backup = await new BackupCatalog(context).FindAsync(backup, stores, cancellationToken).ConfigureAwait(false),
            Name = name, Tenant = tenant, As = entry.Data.GetValueOrDefault("as") is { Length: > 0 } other ? other : null, SwitchTimeout = SwitchTimeout,
            AllowIncomplete = entry.Data.GetValueOrDefault("allowIncomplete") == "true",
            NoTablespaces = entry.Data.GetValueOrDefault("noTablespaces") == "true",
        };
    }
}
