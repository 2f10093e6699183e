using System.Formats.Tar;
using System.Globalization;
using System.Text.Json;
using OpsModule.Connections.Stores;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Lockdown.Evidence;

/// <summary>
/// Keeps evidence as one encrypted archive in a store: it is encrypted while it is written, and nothing of it lies on a disk in clear. A
/// source that cannot be read is named in it, and keeps no other out.
/// </summary>
internal sealed class EvidenceKeeper(OpsContext context)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Keeps it.</summary>
    /// <param name="change">The change that it is of.</param>
    /// <param name="storeName">The store, by its name.</param>
    /// <param name="services">The services; null for all.</param>
    /// <param name="since">From when on.</param>
    /// <param name="reason">Why.</param>
    /// <param name="ct">Ends it, and leaves nothing behind.</param>
    public async Task<EvidenceOutcome> KeepAsync(string change, string storeName, IReadOnlyList<string>? services, DateTimeOffset since,
        string reason, CancellationToken ct)
    {
        IBackupStore store = context.OpenStore(storeName);
        DateTimeOffset now = context.Time.GetUtcNow();
        string at = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
        string key = $"lockdown/{change}/evidence-{at}.tar.age";
        StoreUpload upload = await store.CreateAsync(key, ct).ConfigureAwait(false);
        var end = new StoreFanOut(new Dictionary<string, StoreUpload> { [store.Name] = upload });
        Stage first;
        try { first = new ProgramFilter(Age.Encrypt(context.Environment.Backups.Recipients), end); }
        catch
        {
            // Without the program that encrypts nothing is left behind.
            await end.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        await using var _ = first.ConfigureAwait(false);
        var missing = new List<string>();
        string words;
        var tar = new TarWriter(first, TarEntryFormat.Pax, leaveOpen: true);
        await using (tar.ConfigureAwait(false))
            words = await FillAsync(new EvidenceArchive(tar, context.Time), services, since, reason, change, missing,
                ct).ConfigureAwait(false);
        await first.CompleteAsync(ct).ConfigureAwait(false);
        await end.CommitAsync(ct).ConfigureAwait(false);
        return new EvidenceOutcome(store.LocationOf(key), end.Sha256, words, [.. missing.Distinct()]);
    }

    private async Task<string> FillAsync(EvidenceArchive archive, IReadOnlyList<string>? services, DateTimeOffset since, string reason,
        string change, List<string> missing, CancellationToken ct)
    {
        var sources = new EvidenceSources(context, services, since, e => missing.Add(e.Message));
        long lines = 0, matches = 0;
        int sessions = 0, files = 0;
        // What changes fastest comes first.
        foreach (string name in context.Environment.Databases.Keys)
            await OrMissingAsync(async () =>
            {
                await archive.AddAsync($"sessions/database-{name}.jsonl", await sources.SessionsOfDatabaseAsync(name,
                    ct).ConfigureAwait(false),
                    ct).ConfigureAwait(false);
                sessions++;
            }).ConfigureAwait(false);
        foreach (string name in context.Environment.Caches.Keys)
            await OrMissingAsync(async () =>
            {
                await archive.AddAsync($"sessions/cache-{name}.txt", await sources.SessionsOfCacheAsync(name, ct).ConfigureAwait(false), ct)
                    .ConfigureAwait(false);
                sessions++;
            }).ConfigureAwait(false);
        await OrMissingAsync(async () => lines = await archive.AddLinesAsync("logs/lines", sources.LogsAsync(ct), ct).ConfigureAwait(false))
            .ConfigureAwait(false);
        await OrMissingAsync(async () => matches = await archive.AddLinesAsync("attacks/matches", sources.AttacksAsync(ct), ct)
            .ConfigureAwait(false)).ConfigureAwait(false);
        foreach (string file in sources.JournalFiles())
            await OrMissingAsync(async () =>
            {
                await archive.AddAsync("journal/" + Path.GetFileName(file), Read(file), ct).ConfigureAwait(false);
                files++;
            }).ConfigureAwait(false);
        string words = $"{lines} lines of logs since {since.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {matches} matches of attacks, sessions of "
            + $"{sessions} servers, {files} files of the journal";
        await archive.AddAsync("about.json", JsonSerializer.SerializeToUtf8Bytes(new
        {
            environment = context.Environment.Name, change, reason, by = Actor.Current.User, host = Actor.Current.Host,
            at = context.Time.GetUtcNow().UtcDateTime, since = since.UtcDateTime, contents = words, missing,
        }, Json), ct).ConfigureAwait(false);
        return words;

        async Task OrMissingAsync(Func<Task> work)
        {
            try { await work().ConfigureAwait(false); }
            // A store, or the program that encrypts, that fails is none of a source's.
            catch (Exception e) when (!archive.IsBroken && !ct.IsCancellationRequested)
            {
                missing.Add(e is OpsException ? e.Message : $"{e.GetType().Name}: {e.Message}");
            }
        }
    }

    /// <summary>A file of the journal.</summary>
    internal static byte[] Read(string file)
    {
        using FileStream? stream = PrivateFile.OpenForReading(file);
        if (stream is null)
            throw LockdownErrors.EvidenceFailed.Make($"The journal's file {Path.GetFileName(file)} is not there any more: it was "
                + "rotated away meanwhile.", "Look for it among the others.", file);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
