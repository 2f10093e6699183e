using System.Globalization;
using System.Text;
using OpsModule.Connections.Redis.Pipes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>
/// The databases that a restore works in. A key in each says whose it is and how far it has come, so that a restore that was killed knows
/// what is its own, and what is not is never emptied.
/// </summary>
/// <param name="pipe">The connection.</param>
/// <param name="restore">The restore's id.</param>
internal sealed class CacheMark(RedisPipe pipe, string restore)
{
    /// <summary>What it says: it is being loaded; all is there; it keeps what was live; that is being put back.</summary>
    public const string Loading = "loading", Staged = "staged", Kept = "kept", Back = "back";

    /// <summary>It says that keys of somebody else came into it: it is emptied by nobody.</summary>
    public const string Mixed = "mixed";

    private const string Prefix = "ops:restore:";

    /// <summary>The key.</summary>
    public string Key => KeyOf(restore);

    /// <summary>
    /// The set that names the keys that a restore has put among the live ones, in the database that keeps what they replaced.
    /// </summary>
    public byte[] Put => Word(Key + ":put");

    /// <summary>The key of a restore.</summary>
    public static string KeyOf(string restore) => Prefix + restore;

    /// <summary>Whether a key is a mark.</summary>
    public static bool Is(ReadOnlySpan<byte> name) => name.StartsWith("ops:restore:"u8);

    /// <summary>What the mark of a database says; null where there is none of this restore.</summary>
    public async Task<string?> ReadAsync(int database, CancellationToken ct)
    {
        await SelectAsync(database, ct).ConfigureAwait(false);
        PipeReply reply = await pipe.AskAsync(ct, "GET", Key).ConfigureAwait(false);
        return reply.Bytes is null ? null : reply.Text;
    }

    /// <summary>Writes it.</summary>
    public async Task WriteAsync(int database, string state, CancellationToken ct)
    {
        await SelectAsync(database, ct).ConfigureAwait(false);
        await pipe.AskAsync(ct, "SET", Key, state).ConfigureAwait(false);
    }

    /// <summary>How many keys a database has.</summary>
    public async Task<long> SizeAsync(int database, CancellationToken ct)
    {
        await SelectAsync(database, ct).ConfigureAwait(false);
        return (await pipe.AskAsync(ct, "DBSIZE").ConfigureAwait(false)).Number;
    }

    /// <summary>Empties a database that is this restore's own, or empty; any other stays.</summary>
    /// <exception cref="OpsException"><c>CacheNoSpareDatabase</c>.</exception>
    public async Task EmptyAsync(int database, CancellationToken ct)
    {
        if (await SizeAsync(database, ct).ConfigureAwait(false) == 0) return;
        if (await ReadAsync(database, ct).ConfigureAwait(false) is null or Mixed)
            throw CacheErrors.CacheNoSpareDatabase.Make($"Database {database} of {pipe.Place} was empty when this was planned, and holds keys now that are not this restore's.",
                "Plan anew; another empty database is chosen.");
        await pipe.AskAsync(ct, "FLUSHDB").ConfigureAwait(false);
    }

    /// <summary>Goes to a database.</summary>
    public Task SelectAsync(int database, CancellationToken ct) => pipe.AskAsync(ct, "SELECT", Text(database));

    /// <summary>
    /// Calls something with batches of the keys of a database, marks left out. Keys that come and go meanwhile may be among them or not.
    /// </summary>
    public async Task ScanAsync(int database, string pattern, Func<IReadOnlyList<byte[]>, Task> found, CancellationToken ct)
    {
        string cursor = "0";
        do
        {
            await SelectAsync(database, ct).ConfigureAwait(false);
            PipeReply page = await pipe.AskAsync(ct, "SCAN", cursor, "MATCH", pattern, "COUNT", "1000").ConfigureAwait(false);
            cursor = page.Items![0].Text;
            byte[][] names = [.. page.Items[1].Items!.Select(i => i.Bytes!).Where(n => !Is(n))];
            if (names.Length > 0) await found(names).ConfigureAwait(false);
        }
        while (cursor != "0");
    }

    /// <summary>Calls something with batches of the names that <see cref="Put"/> holds in a database.</summary>
    public async Task ScanPutAsync(int database, Func<IReadOnlyList<byte[]>, Task> found, CancellationToken ct)
    {
        byte[] cursor = Word("0");
        do
        {
            await SelectAsync(database, ct).ConfigureAwait(false);
            pipe.Add(Word("SSCAN"), Put, cursor, Word("COUNT"), Word("1000"));
            PipeReply page = Checked("SSCAN", await pipe.ExchangeAsync(ct).ConfigureAwait(false))[0];
            cursor = page.Items![0].Bytes!;
            byte[][] names = [.. page.Items[1].Items!.Select(i => i.Bytes!)];
            if (names.Length > 0) await found(names).ConfigureAwait(false);
        }
        while (cursor is not [(byte)'0']);
    }

    /// <summary>How many keys a database has beside marks.</summary>
    public async Task<long> CountAsync(int database, CancellationToken ct)
    {
        long keys = await SizeAsync(database, ct).ConfigureAwait(false);
        return keys - await MarksAsync(database, ct).ConfigureAwait(false);
    }

    /// <summary>How many of the keys of a database are this restore's marks.</summary>
    public async Task<long> MarksAsync(int database, CancellationToken ct)
    {
        await SelectAsync(database, ct).ConfigureAwait(false);
        foreach (byte[] own in (byte[][])[Word(Key), Put]) pipe.Add(Word("EXISTS"), own);
        return Checked("EXISTS", await pipe.ExchangeAsync(ct).ConfigureAwait(false)).Sum(r => r.Number);
    }

    /// <summary>Whether each key is in a database.</summary>
    public async Task<bool[]> AreThereAsync(int database, IReadOnlyList<byte[]> names, CancellationToken ct)
    {
        await SelectAsync(database, ct).ConfigureAwait(false);
        foreach (byte[] name in names) pipe.Add(Word("EXISTS"), name);
        return [.. Checked("EXISTS", await pipe.ExchangeAsync(ct).ConfigureAwait(false)).Select(r => r.Number == 1)];
    }

    /// <summary>Refuses answers of which one is an error, in a transaction, too.</summary>
    public IReadOnlyList<PipeReply> Checked(string command, IReadOnlyList<PipeReply> replies)
    {
        foreach (PipeReply reply in replies)
        {
            if (reply.IsError) throw pipe.Refused(command, reply);
            if (reply.Items?.FirstOrDefault(i => i.IsError) is { } inside) throw pipe.Refused(command, inside);
        }
        return replies;
    }

    public static byte[] Word(string word) => Encoding.ASCII.GetBytes(word);

    public static string Text(int database) => database.ToString(CultureInfo.InvariantCulture);
}
