using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Areas.Tenants.Timing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Tenants.Showing;

/// <summary>The tenants of an environment, and which of them are suspended.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class TenantCatalog(OpsContext context)
{
    private readonly TenantStore _store = new(context);
    private readonly TenantSettings _settings = context.Environment.Section<TenantSettings>();

    /// <summary>The names of all that are known: suspended, declared, and those of schemas and rows.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        names.UnionWith(_store.List().Select(k => k.Tenant));
        names.UnionWith(_settings.Names);
        if (_settings.Schema is { } database)
        {
            NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, database, cancellationToken).ConfigureAwait(false);
            await using var _ = connection.ConfigureAwait(false);
            names.UnionWith(await TenantSchemas.ListAsync(connection, DatabaseServers.FindSettings(context.Environment, database),
                cancellationToken).ConfigureAwait(false));
        }
        if (_settings.Flag is { } flag)
        {
            NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, flag.Database, cancellationToken).ConfigureAwait(false);
            await using var _ = connection.ConfigureAwait(false);
            string key = SqlName.Quote(flag.Key);
            try
            {
                names.UnionWith(await connection.NamesAsync($"SELECT {key}::text FROM {SqlName.Quote(flag.Schema, flag.Table)} WHERE "
                    + $"{key} IS NOT NULL", cancellationToken).ConfigureAwait(false));
            }
            catch (PostgresException e) { throw PostgresErrors.Statement(e, $"Reading the tenants of {flag}", flag.Database); }
        }
        // What can be no name of one cannot be suspended either.
        return [.. names.Where(TenantName.IsOne)];
    }

    /// <summary>The tenants that are meant.</summary>
    /// <param name="written">Names with wildcards; null for all.</param>
    /// <param name="fail">Told of each name that means none (<c>TenantNotFound</c>).</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<TenantRecord>> ListAsync(IReadOnlyList<string>? written, Action<OpsException> fail,
        CancellationToken cancellationToken)
    {
        // Of one that is suspended the state folder tells, whether or not a server does.
        if (written is not null && written.All(w => TenantName.IsOne(w) && _store.Read(w) is not null)) return [.. written.Select(Find)];
        IReadOnlyList<string> names = await NamesAsync(cancellationToken).ConfigureAwait(false);
        // The journal is read once, and not for each of many tenants.
        Dictionary<string, JournalEntry> lost = TenantTrail.AllLost(context)
            .ToDictionary(l => l.Tenant, l => l.Entry, StringComparer.Ordinal);
        return [.. (written is null ? names : NamePattern.ChooseAll(written, [.. names], "tenant", name => Unknown(name, names), fail))
            .Select(t => _store.Read(t) is { } kept ? Judge(kept) : lost.TryGetValue(t, out JournalEntry? entry) ? Lost(t, entry)
                : Active(t))];
    }

    /// <summary>Those that are suspended, of names with wildcards.</summary>
    /// <param name="written">The names.</param>
    /// <param name="fail">Told of each pattern that fits none.</param>
    /// <returns>A name without wildcards that means none that is suspended comes as it is.</returns>
    public IReadOnlyList<string> ChooseSuspended(IReadOnlyList<string> written, Action<OpsException> fail) =>
        NamePattern.ChooseOrTake(written, [.. _store.List().Select(k => k.Tenant)], "suspended tenant", fail);

    /// <summary>One tenant, of which it is known that there is one.</summary>
    public TenantRecord Find(string tenant) => _store.Read(tenant) is { } kept ? Judge(kept)
        : TenantTrail.FindLost(context, tenant) is { } lost ? Lost(tenant, lost)
        : Active(tenant);

    private static TenantRecord Active(string tenant) => new()
    {
        Tenant = tenant, Status = TenantStatus.Active, Message = "OpsModule has not suspended it",
    };

    /// <summary>All that are suspended, also those of which nothing is kept any more.</summary>
    internal IReadOnlyList<TenantRecord> Suspended() =>
        [.. _store.List().Select(Judge), .. TenantTrail.AllLost(context).Select(l => Lost(l.Tenant, l.Entry))];

    private static TenantRecord Lost(string tenant, JournalEntry entry) => new()
    {
        Tenant = tenant, Status = TenantStatus.Unfinished, IsProven = false, Since = entry.StartedAt, Change = entry.Id,
        Message = TenantTrail.Words(entry).TrimEnd('.'),
    };

    private TenantRecord Judge(KeptTenant kept)
    {
        JournalEntry? entry = context.Journal.Find(kept.Change);
        string held = kept.Held is { } was ? $"; its end, {was.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, was taken away" : "";
        string since = $"{kept.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC", proven = kept.IsProven
            ? kept.Late is { } late ? $"; {late}" : "" : "; that each instance refuses it was not seen";
        if (entry?.Outcome is JournalOutcome.Unfinished or JournalOutcome.Running or JournalOutcome.Failed or JournalOutcome.Cancelled)
            return kept.ToRecord(TenantStatus.Unfinished, $"Suspending it began at {since}, and has "
                + (entry.Outcome is JournalOutcome.Running ? "not ended yet" : "not ended well")
                + (kept.Proofs.Count > 0 ? ": " + string.Join("; ", kept.Proofs) : ""));
        if (kept.Until is { } until && LiftRunner.LastMoment(context, until, kept.Runner) < context.Time.GetUtcNow())
            return kept.ToRecord(TenantStatus.Overdue, $"It was to be let in again at {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC by the "
                + $"schedule's entry {kept.Runner}, and was not" + (entry?.Message is { } why ? $": {why}" : ""));
        return kept.ToRecord(TenantStatus.Suspended, $"Suspended since {since}"
            + (kept.Until is { } end ? $" until {end.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : "") + held + proven);
    }

    private OpsException Unknown(string name, IReadOnlyList<string> known) => TenantErrors.TenantNotFound.Make(
        $"The environment {context.Environment.Name} has no tenant {name}"
        + (NearestName.Of(name, known) is { } near ? $". Did you mean {near}?" : known.Count == 0 ? ", and knows of no other."
            : $"; it has: {string.Join(", ", known.Take(20))}."),
        "Give the name as the application has it, or add it under tenants.names.", name);
}
