using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Keeping;

/// <summary>
/// What the journal tells of suspensions: one that began to cut a tenant off, and was never forgotten, is one, whatever the state folder
/// has lost.
/// </summary>
internal static class TenantTrail
{
    /// <summary>The kind of change that suspends.</summary>
    internal const string Suspends = "tenant.suspend";

    /// <summary>The steps that note how everything is, and that forget the suspension.</summary>
    internal const string Note = "note", Forget = "forget";

    /// <summary>The change that suspended a tenant of which nothing is kept, although it was never let in again; null where that is not
    /// so.</summary>
    public static JournalEntry? FindLost(OpsContext context, string tenant) =>
        new TenantStore(context).Read(tenant) is null
            // The journal finds names in another case, too: that is another tenant.
            ? Last([.. Read(context, TenantName.TargetOf(tenant)).Where(e => e.Target == TenantName.TargetOf(tenant))]) : null;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<(string Tenant, JournalEntry Entry)> AllLost(OpsContext context)
    {
        var store = new TenantStore(context);
        string start = TenantName.TargetOf("x")[..^1];
        return [.. Read(context, start + "*").Where(e => e.Target.StartsWith(start, StringComparison.Ordinal))
            .GroupBy(e => e.Target[start.Length..], StringComparer.Ordinal).Where(g => TenantName.IsOne(g.Key) && store.Read(g.Key) is null)
            .Select(g => (g.Key, Entry: Last([.. g]))).Where(l => l.Entry is not null).Select(l => (l.Key, l.Entry!))];
    }

    /// <summary>What is thrown where nobody knows how to let a tenant in again.</summary>
    public static Foundations.Errors.OpsException Lost(string tenant, JournalEntry entry) => TenantErrors.TenantStoreUnreadable.Make(
        Words(entry), "Bring the state folder's tenants/ back from a backup, then do this again: it says how everything was before.",
        tenant);

    /// <summary>The same, in a sentence.</summary>
    public static string Words(JournalEntry entry) =>
        $"The change {entry.Id} cut it off at {entry.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} "
        + "UTC, nobody has let it in again since, and how everything was before is not kept any more.";

    private static JournalEntry[] Read(OpsContext context, string target) =>
        [.. new Journal(context.Environment, context.Time).Find(new JournalQuery { Targets = [target] }, out int _)];

    private static JournalEntry? Last(IReadOnlyList<JournalEntry> entries)
    {
        JournalEntry? last = entries.LastOrDefault(e => e.Kind == Suspends && HasCut(e));
        return last is null || entries.Any(e => e.Sequence >= last.Sequence && e.Steps.Any(s => s.Name is Forget or "undo-" + Forget))
            ? null : last;
    }

    /// <summary>Whether anything came after the note.</summary>
    private static bool HasCut(JournalEntry entry) =>
        entry.Steps.SkipWhile(s => s.Name != Note + ChangeRun.EndOfStep).Skip(1).Any();
}
