using System.Runtime.CompilerServices;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Procedures.Sets;

/// <summary>Lists sets from the stores. A set exists when its manifest exists, which was written when all of its backups were
/// there.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class BackupSetCatalog(OpsContext context)
{
    private readonly Lazy<ManifestKey?> _key = new(() => ManifestKey.Of(context.Environment));

    /// <summary>The label of a set's backups.</summary>
    public const string Label = "ops-set";

    internal ManifestKey? Key => _key.Value;

    /// <summary>The sets of stores, newest first within each; one that cannot be trusted is a warning.</summary>
    /// <param name="stores">The stores.</param>
    /// <param name="ids">Ids, with wildcards; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<BackupSetRecord> ListAsync(IReadOnlyList<string> stores, IReadOnlyList<string>? ids,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string name in stores)
        {
            IBackupStore store = context.OpenStore(name);
            var keys = new List<string>();
            await foreach (StoredObject found in store.ListAsync(SetFile.Prefix(context.Environment.Name),
                cancellationToken).ConfigureAwait(false))
                if (SetFile.IdOf(found.Key) is { } id && ids?.Any(i => NamePattern.IsMatch(i, id)) is not false) keys.Add(found.Key);
            foreach (string key in keys.OrderDescending(StringComparer.Ordinal))
                if (await ReadAsync(store, key, cancellationToken).ConfigureAwait(false) is { } set) yield return set;
        }
    }

    /// <summary>The one set of this id, from the first store that has it whole; else from the first that has it.</summary>
    /// <exception cref="OpsException"><c>BackupSetNotFound</c>.</exception>
    public async Task<BackupSetRecord> FindAsync(string id, IReadOnlyList<string> stores, CancellationToken cancellationToken)
    {
        BackupSetRecord? first = null;
        await foreach (BackupSetRecord set in ListAsync(stores, [NamePattern.Literal(id)], cancellationToken).ConfigureAwait(false))
        {
            if (set.IsComplete) return set;
            first ??= set;
        }
        return first ?? throw SetErrors.NotFound.Make($"No store of environment {context.Environment.Name} has a set {id}.",
            "List what there is with Get-OpsBackupSet.", id);
    }

    /// <summary>The backups of a set, each proven to be the one that the set was made of.</summary>
    /// <exception cref="OpsException"><c>BackupSetIncomplete</c>, <c>BackupSetNotTrusted</c>.</exception>
    public async Task<IReadOnlyList<BackupRecord>> OpenAsync(BackupSetRecord set, CancellationToken cancellationToken)
    {
        if (Key is not null && set.Signature != BackupSignature.Valid && context.Environment.Backups.Signing is { Required: true })
            throw SetErrors.NotTrusted.Make($"Set {set.Id} in store {set.Store} is not signed, and backups.signing asks for it.",
                "Use a set that is, or restore its backups one by one.", set.Id);
        var backups = new List<BackupRecord>();
        foreach (BackupSetPart part in set.Parts)
            backups.Add(await OpenAsync(set, part, cancellationToken).ConfigureAwait(false));
        return backups;
    }

    private async Task<BackupRecord> OpenAsync(BackupSetRecord set, BackupSetPart part, CancellationToken ct)
    {
        BackupRecord backup;
        try { backup = await new BackupCatalog(context).FindAtAsync(set.Store, part.Key, ct).ConfigureAwait(false); }
        catch (OpsException e) when (BackupErrors.BackupNotFound.Is(e)) { throw Incomplete(set, $"{part}: {e.Message.TrimEnd('.')}", e); }
        return backup.Sha256 == part.Sha256 && backup.Kind == part.Kind && backup.Name == part.Name ? backup
            : throw Incomplete(set, $"{part} is another backup than the one that the set was made of");
    }

    internal static OpsException Incomplete(BackupSetRecord set, string what, Exception? inner = null) => SetErrors.Incomplete.Make(
        $"Set {set.Id} in store {set.Store} is not whole any more: {what}.",
        "Use another set, or the same one from another store; single backups are restored by Restore-OpsDatabase and its like.", set.Id,
            inner);

    private async Task<BackupSetRecord?> ReadAsync(IBackupStore store, string key, CancellationToken ct)
    {
        byte[]? bytes;
        try { bytes = await store.ReadAsync(key, SetFile.MostBytes, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ObjectMissing") { return null; /* gone since it was listed */ }
        (SetFile.Content? content, BackupSignature signature, string? problem) = bytes is null ? (null, default, "it is larger than any")
            : SetFile.Read(bytes, Key);
        if (content is not null && (content.Environment != context.Environment.Name || content.Id != SetFile.IdOf(key)
            || content.Parts is not { Count: > 0 } || content.Parts.Any(p =>
                !IsOurs(p)))) problem = "it does not name backups of this environment";
        if (content is null || problem is not null)
        {
            context.Reporter.Warning($"The set {store.LocationOf(key)} is left out: {problem}.");
            return null;
        }
        var set = new BackupSetRecord
        {
            Id = content.Id, Environment = content.Environment, Store = store.Name, Parts = content.Parts, Signature = signature,
            StartedAt = content.Parts.Min(p => p.StartedAt), Skew = SkewOf(content.Parts),
        };
        var missing = new List<string>();
        foreach (BackupSetPart part in set.Parts)
        {
            try
            {
                BackupRecord backup = await OpenAsync(set, part, ct).ConfigureAwait(false);
                if (!await new BackupCatalog(context).IsWholeAsync(backup,
                    ct).ConfigureAwait(false)) missing.Add($"{part}: its object is not whole");
            }
            catch (OpsException e) when (SetErrors.Incomplete.Is(e)) { missing.Add($"{part}: it is gone, or another one"); }
        }
        return set with { Missing = missing, IsComplete = missing.Count == 0 };
    }

    private bool IsOurs(BackupSetPart part) => part.Key.StartsWith(BackupKeys.Encode(context.Environment.Name) + "/",
        StringComparison.Ordinal)
        && BackupKeys.Parse(part.Key) is { } of && of.Kind == part.Kind && of.Name == part.Name && BackupKeys.IdOf(part.Key) == part.Backup;

    /// <summary>How far apart the moments are that backups are of.</summary>
    internal static TimeSpan SkewOf(IReadOnlyList<BackupSetPart> parts) => parts.Max(p => p.StartedAt) - parts.Min(p => p.StartedAt);
}
