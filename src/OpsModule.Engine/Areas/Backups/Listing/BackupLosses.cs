using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Backups.Listing;

/// <summary>
/// Compares a new backup with the one before, by the figures of their manifests: what has suddenly gone may have gone by mistake.
/// </summary>
internal static class BackupLosses
{
    /// <summary>Below this many rows a table may lose what it likes: half of next to nothing says nothing.</summary>
    private const long FewRows = 100;

    /// <summary>What the new one lacks, and the id of the one before; null when it lacks nothing or is the first.</summary>
    public static async Task<LossMark?> FindAsync(OpsContext context, BackupRecord made, IEnumerable<string> stores,
        CancellationToken cancellationToken)
    {
        foreach (string store in stores)
        {
            try
            {
                BackupGroup group = await new GroupLister(context).FindAsync(store, made.Subject,
                    cancellationToken).ConfigureAwait(false);
                foreach (BackupEntry entry in group.Entries.Where(e => e.Id != made.Id && e.StartedAt <= made.StartedAt))
                {
                    if (await new BackupCatalog(context).TryFindAtAsync(store, entry, cancellationToken).ConfigureAwait(false) is not { } before) continue;
                    IReadOnlyList<string> lost = Compare(before, made, context.Environment.Backups.Losses);
                    return lost.Count == 0 ? null : new LossMark(made.Id, before.Id, lost);
                }
            }
            // Whether something is missing is told where it can be; the backup itself does not wait for it.
            catch (OpsException e) { context.Reporter.Warning($"Backup {made.Id} could not be compared with the one before, in store {store}: {e.Message}"); }
        }
        return null;
    }

    /// <summary>Each loss, in words, the gravest first.</summary>
    internal static IReadOnlyList<string> Compare(BackupRecord before, BackupRecord made, LossSettings settings)
    {
        var lost = new List<string>();
        TableDigest[] had = [.. before.Tables.Where(t => !settings.Ignores(Named(t)))], has = [.. made.Tables.Where(t =>
            !settings.Ignores(Named(t)))];
        long rowsBefore = had.Sum(t => t.Rows), rows = has.Sum(t => t.Rows);
        if (IsLoss(rowsBefore, rows, settings)) lost.Add($"{Fewer(rowsBefore, rows)} in all than {before.Id}");
        Dictionary<(string, string), TableDigest> now = has.ToDictionary(t => (t.Schema, t.Table));
        foreach (TableDigest table in had)
        {
            if (!now.TryGetValue((table.Schema, table.Table), out TableDigest? same))
                lost.Add(FormattableString.Invariant($"table {Named(table)} is gone (it had {table.Rows:N0} rows)"));
            else if (IsLoss(table.Rows, same.Rows, settings)) lost.Add($"table {Named(table)} has {Fewer(table.Rows, same.Rows)}");
        }
        return lost;
    }

    private static bool IsLoss(long before, long now, LossSettings settings) => before >= FewRows
        && now <= before * (100 - settings.Percent) / 100.0;

    private static string Fewer(long before, long now) =>
        FormattableString.Invariant($"{Math.Floor(100.0 * (before - now) / before):0} % fewer rows ({before:N0} before, {now:N0} now)");

    private static string Named(TableDigest table) => table.Schema + "." + table.Table;
}
