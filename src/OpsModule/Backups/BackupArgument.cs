using OpsModule.Engine;
using OpsModule.Engine.Backups;

namespace OpsModule.Backups;

/// <summary>The backups that a parameter means: records, test results, ids with wildcards and in any case, or objects that have an id.</summary>
internal sealed class BackupArgument(OpsContext context, Action<OpsException> fail)
{
    private const string Expected = "what Get-OpsBackup gives, or its id";

    /// <summary>Of an id alone every store's backup is meant, not only that of the first store that has it.</summary>
    public bool EveryStore { get; init; }

    /// <summary>Also takes the result of a test that was not passed.</summary>
    public bool TakesFailed { get; init; }

    /// <summary>Finds them. One that cannot be found fails alone where another can.</summary>
    /// <exception cref="OpsException"><c>BackupNotFound</c>, <c>NothingMatches</c>, <c>BackupTestFailed</c> for a result that did not pass, <c>PipelineObjectUnknown</c>.</exception>
    public async Task<IReadOnlyList<BackupRecord>> ReadAsync(object given, IReadOnlyList<string>? stores, CancellationToken cancellationToken) => PipedObject.Bare(given) switch
    {
        BackupRecord backup => [backup],
        BackupTestResult { Backup: { } tested } result when result.Passed || TakesFailed => [tested],
        BackupTestResult failed => throw Failed(failed.Backup?.Id ?? failed.Location, failed.Message, failed),
        string id when !string.IsNullOrWhiteSpace(id) => await FindAsync(new BackupQuery { Id = id, Stores = stores }, cancellationToken).ConfigureAwait(false),
        _ => await FindLikeAsync(given, stores, cancellationToken).ConfigureAwait(false),
    };

    /// <summary>An object of another session, of a file, or of Select-Object is known by its id, and held to what else it says.</summary>
    private async Task<IReadOnlyList<BackupRecord>> FindLikeAsync(object given, IReadOnlyList<string>? stores, CancellationToken cancellationToken)
    {
        // The id of a restore is not that of its backup.
        if (PipedObject.Has(given, "BackupId") || PipedObject.Has(given, "ReplacedName")) throw PipedObject.IsNo("backup", given, Expected);
        object source = PipedObject.Value(given, "Backup") ?? given;
        string id = (ReferenceEquals(source, given) ? PipedObject.Text(given, "Id") : PipedObject.Text(source, "Id") ?? $"{PipedObject.Bare(source)}") ?? "";
        if (id.Length == 0) throw PipedObject.IsNo("backup", given, Expected);
        if (!TakesFailed && PipedObject.Text(given, "Passed") is { } passed && !passed.Equals("True", StringComparison.OrdinalIgnoreCase)) throw Failed(id, PipedObject.Text(given, "Message") ?? "", id);
        string? store = PipedObject.Text(source, "Store") ?? PipedObject.Text(given, "Store"), name = PipedObject.Text(source, "Name");
        if (store is not null && stores?.Contains(store) is false) return [];
        return await FindAsync(new BackupQuery { Id = id, Name = name, Stores = store is null ? stores : new BackupCatalog(context).CheckStores([store]) }, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<BackupRecord>> FindAsync(BackupQuery query, CancellationToken cancellationToken)
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

    private static OpsException Failed(string id, string message, object target) =>
        new("BackupTestFailed", OpsErrorCategory.InvalidData, $"The backup {id} did not pass its test: {message}", "Use a backup that passes Test-OpsBackup.", target);
}
