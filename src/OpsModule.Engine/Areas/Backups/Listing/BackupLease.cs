using System.Globalization;
using System.Text;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Listing;

/// <summary>
/// Says in the store that somebody reads a backup, so that no other machine removes it meanwhile. It is renewed while it is held, and one
/// that
/// a killed reader left behind is passed over once it is older than <see cref="Term"/>.
/// </summary>
internal sealed class BackupLease : IAsyncDisposable
{
    /// <summary>How long a lease counts after it was written, by the store's clock.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromHours(1);

    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);
    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(20);

    private readonly OpsContext _context;
    private readonly IBackupStore _store;
    private string _key;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _renewing;

    private BackupLease(OpsContext context, IBackupStore store, string key)
    {
        (_context, _store, _key) = (context, store, key);
        _renewing = RenewAsync(_ending.Token);
    }

    /// <summary>Takes a lease. Null where the store cannot be written to: what may only be read is not removed from here either.</summary>
    public static async Task<BackupLease?> TakeAsync(OpsContext context, BackupRecord backup, CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(backup.Store);
        string key = NewKey(BackupKeys.Leases(backup.Key));
        try { await WriteAsync(context, store, key, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e)
        {
            context.Reporter.Verbose($"No lease could be written for backup {backup.Id} in store {backup.Store}: {e.Message}");
            return null;
        }
        return new BackupLease(context, store, key);
    }

    /// <summary>Who reads it: the lease that counts, in words; null when nobody does.</summary>
    /// <param name="store">The store.</param>
    /// <param name="key">A key of the backup.</param>
    /// <param name="time">This machine's clock; the store's own is asked where it has one, because leases have its times.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<string?> FindAsync(IBackupStore store, string key, TimeProvider time, CancellationToken cancellationToken)
    {
        await foreach (StoredObject lease in store.ListAsync(BackupKeys.Leases(key), cancellationToken).ConfigureAwait(false))
        {
            DateTimeOffset now = await store.ReadClockAsync(cancellationToken).ConfigureAwait(false) ?? time.GetUtcNow();
            if (now - lease.Modified > Abandoned) await store.ForgetAsync(lease.Key, cancellationToken).ConfigureAwait(false);
            if (!Counts(lease.Modified, now)) continue;
            byte[]? bytes = await BackupMarks.ReadAsync(store, lease.Key, cancellationToken).ConfigureAwait(false);
            if (bytes is not null) return bytes.Length is > 0 and < 500 ? Encoding.UTF8.GetString(bytes) : "somebody";
        }
        return null;
    }

    /// <summary>Whether a lease of this age still counts. One from the future does: the clocks of two machines differ.</summary>
    public static bool Counts(DateTimeOffset written, DateTimeOffset now) => now - written < Term;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        _ending.Dispose();
        try { await _store.ForgetAsync(_key, CancellationToken.None).ConfigureAwait(false); }
        catch (OpsException e) { _context.Reporter.Verbose($"The lease {_key} could not be removed; it ends by itself: {e.Message}"); }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Renewal, _context.Time);
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                try { await RenewOnceAsync(cancellationToken).ConfigureAwait(false); }
                catch (OpsException e) { _context.Reporter.Verbose($"The lease {_key} could not be renewed: {e.Message}"); }
            }
        }
        catch (OperationCanceledException) { /* it is given back */ }
    }

    /// <summary>Writes the new lease before the old one goes: at no moment is there none.</summary>
    internal async Task RenewOnceAsync(CancellationToken cancellationToken)
    {
        string old = _key, renewed = NewKey(old[..(old.LastIndexOf('.') + 1)]);
        await WriteAsync(_context, _store, renewed, cancellationToken).ConfigureAwait(false);
        _key = renewed;
        // Nobody would look after it any more.
        await _store.ForgetAsync(old, CancellationToken.None).ConfigureAwait(false);
    }

    private static string NewKey(string leases) => leases + Guid.NewGuid().ToString("N")[..12];

    private static async Task WriteAsync(OpsContext context, IBackupStore store, string key, CancellationToken cancellationToken)
    {
        Actor actor = Actor.Current;
        string who = string.Create(CultureInfo.InvariantCulture,
            $"{actor.User} on {actor.Host} (process {actor.ProcessId}) since {context.Time.GetUtcNow().UtcDateTime:yyyy-MM-dd HH:mm} UTC");
        await store.WriteAsync(key, Encoding.UTF8.GetBytes(who), cancellationToken).ConfigureAwait(false);
    }
}
