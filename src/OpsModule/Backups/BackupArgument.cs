using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Backups;

/// <summary>The backups that a parameter means: records, test results, ids with wildcards and in any case, or objects that have an id.</summary>
internal sealed class BackupArgument(OpsContext context, Action<OpsException> fail)
{
    private const string Expected = "what Get-OpsBackup gives, or its id";

    /// <summary>Of an id alone every store's backup is meant, not only that of the first store that has it.</summary>
    public bool EveryStore { get; init; }

    /// <summary>Only backups of these kinds; null for all.</summary>
    public IReadOnlyList<BackupKind>? Kinds { get; init; }

    /// <summary>Also takes the result of a test that was not passed.</summary>
    public bool TakesFailed { get; init; }

    /// <summary>The id of what only names a backup, which must be looked up; null for a record, and for what names none.</summary>
    public static string? IdOf(object given) => PipedReference.ToBackup(given, mustPass: false) switch { string id => id, BackupReference named => named.Id, _ => null };

    /// <summary>Finds them. One that cannot be found fails alone where another can.</summary>
    /// <exception cref="OpsException"><c>BackupNotFound</c>, <c>NothingMatches</c>, <c>BackupTestFailed</c> for a result that did not pass, <c>PipelineObjectUnknown</c>.</exception>
    public async Task<IReadOnlyList<BackupRecord>> ReadAsync(object given, IReadOnlyList<string>? stores, CancellationToken cancellationToken) => PipedReference.ToBackup(given, !TakesFailed) switch
    {
        BackupRecord backup => [Checked(backup)],
        BackupTestResult { Backup: { } tested } result when result.Passed || TakesFailed => [Checked(tested)],
        BackupTestResult failed => throw Failed(failed.Backup?.Id ?? failed.Location, failed.Message, failed),
        DrillResult drill when drill.Passed || TakesFailed => [Checked(drill.Backup)],
        DrillResult failed => throw Failed(failed.Backup.Id, string.Join("; ", failed.Failures.Take(5)), failed),
        string id when !string.IsNullOrWhiteSpace(id) => await FindAsync(new BackupQuery { Kinds = Kinds, Id = id, Stores = stores },
            cancellationToken).ConfigureAwait(false),
        BackupReference named => await FindAsync(named, stores, cancellationToken).ConfigureAwait(false),
        _ => throw PipedObject.IsNo("backup", given, Expected),
    };

    /// <summary>Of an object of another session, of a file, or of Select-Object only the id and the store are taken; what else it says of whose backup it is must be so.</summary>
    private async Task<IReadOnlyList<BackupRecord>> FindAsync(BackupReference named, IReadOnlyList<string>? stores, CancellationToken cancellationToken)
    {
        if (named.Store is { } claimed)
        {
            IReadOnlyList<string> store = new BackupCatalog(context).CheckStores(
                [UnnamedStore.IsLocation(claimed) ? claimed : NamePattern.Literal(claimed)]);
            bool isLeftOut = stores?.Contains(store[0]) is false;
            if (isLeftOut && EveryStore) return [];
            stores = !isLeftOut ? store : throw NotFound(named, $"The backup {named.Id} was piped in from store {store[0]}, and {string.Join(", ", stores!)} is asked for.");
        }
        IReadOnlyList<BackupRecord> found = await FindAsync(new BackupQuery { Kinds = Kinds, Id = named.Id, Stores = stores },
            cancellationToken).ConfigureAwait(false);
        return found.All(named.IsOf) ? found : throw NotFound(named, $"The backup {named.Id} is of {found[0].Name}{(found[0].Tenant is { } tenant ? $", tenant {tenant}" : "")}, which is not what the piped object says it is.");
    }

    /// <summary>A record of another kind is refused: it would be taken for what it is not.</summary>
    private BackupRecord Checked(BackupRecord backup) =>
        Kinds is [var only] ? backup.Require(only) : Kinds?.Contains(backup.Kind) is false ? backup.Require(Kinds[0]) : backup;

    /// <summary>An id of another kind is refused by that name, and not as one that is unknown.</summary>
    private async Task<IReadOnlyList<BackupRecord>> FindAsync(BackupQuery query, CancellationToken cancellationToken)
    {
        if (Kinds is null) return await SearchAsync(query, cancellationToken).ConfigureAwait(false);
        try { return await SearchAsync(query, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (BackupErrors.BackupNotFound.Is(e) && !NamePattern.HasWildcard(query.Id!))
        {
            await foreach (BackupRecord other in new BackupCatalog(context)
                .ListAsync(query with { Kinds = null, Quiet = true }, cancellationToken).ConfigureAwait(false))
                Checked(other);
            throw;
        }
    }

    private async Task<IReadOnlyList<BackupRecord>> SearchAsync(BackupQuery query, CancellationToken cancellationToken)
    {
        if (!EveryStore && !NamePattern.HasWildcard(query.Id!) && await FirstAsync(query, cancellationToken).ConfigureAwait(false) is { } first) return [first];
        var found = new List<BackupRecord>();
        var failed = new List<OpsException>();
        await new BackupFinder(context).FindAsync(query, found.Add, failed.Add, cancellationToken).ConfigureAwait(false);
        foreach (OpsException e in found.Count == 0 ? failed.SkipLast(1) : failed) fail(e);
        if (found.Count == 0 && failed.Count > 0) throw failed[^1];
        return EveryStore ? found : [.. found.DistinctBy(b => b.Id)];
    }

    /// <summary>From the first store that has it: one that is out of reach must not keep a restore from what lies nearer.</summary>
    private async Task<BackupRecord?> FirstAsync(BackupQuery query, CancellationToken cancellationToken)
    {
        var down = new List<OpsException>();
        foreach (string store in query.Stores ?? [.. context.Environment.Backups.Stores.Keys])
        {
            try
            {
                await foreach (BackupRecord backup in new BackupCatalog(context).ListAsync(query with { Stores = [store] }, cancellationToken).ConfigureAwait(false))
                {
                    foreach (OpsException e in down) context.Reporter.Warning($"{e.Message} Backup {backup.Id} is taken from store {store}.");
                    return backup;
                }
            }
            catch (OpsException e) { down.Add(e); }
        }
        if (down.Count == 0) return null;
        foreach (OpsException e in down.SkipLast(1)) fail(e);
        throw down[^1];
    }

    private static OpsException NotFound(BackupReference named, string message) => new("BackupNotFound", OpsErrorCategory.ObjectNotFound, message, "List what there is with Get-OpsBackup.", named.Id);

    private static OpsException Failed(string id, string message, object target) =>
        new("BackupTestFailed", OpsErrorCategory.InvalidData, $"The backup {id} did not pass its test: {message}", "Use a backup that passes Test-OpsBackup.", target);
}
