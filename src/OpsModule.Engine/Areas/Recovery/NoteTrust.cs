using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Tells what restores have written from what somebody has forged. A comment is written by whoever owns the thing, and whoever may make
/// schemas can make one that says it was another tenant's. So it is believed where its owner is one who could have replaced the live data
/// anyway (the live schema's owner, the database's, the role that restores, a superuser), or where the journal knows it by its name.
/// </summary>
internal sealed class NoteTrust(OpsContext context, PostgresServer server, RestoreKind kind)
{
    /// <summary>How far clocks of machines may lie apart.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    private const string PowersSql = """
        SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.rolname = ANY($1)
          AND (r.rolsuper OR r.rolname = current_user OR r.oid = (SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = $2))
        """;

    private const string SchemaOwnersSql =
        "SELECT n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY($1)";

    private const string DatabaseOwnersSql =
        "SELECT d.datname::text, pg_catalog.pg_get_userbyid(d.datdba)::text FROM pg_catalog.pg_database d WHERE d.datname = ANY($1)";

    /// <summary>Takes away the notes that are not believed, and says why.</summary>
    public async Task<List<Kept>> JudgeAsync(NpgsqlConnection connection, List<Kept> found, CancellationToken ct)
    {
        if (!found.Exists(k => k.Note is not null)) return found;
        string[] originals = [.. found.Select(k => k.Note?.Original).OfType<string>().Distinct()];
        Dictionary<string, string> owners = (await connection.ListAsync(kind == RestoreKind.Schema ? SchemaOwnersSql : DatabaseOwnersSql,
            r => (Name: r.GetString(0), Owner: r.GetString(1)), ct, (object)originals).ConfigureAwait(false)).ToDictionary(o => o.Name, o => o.Owner);
        HashSet<string> powers = [.. await connection.NamesAsync(PowersSql, ct, found.Select(k => k.Owner).Distinct().ToArray(), server.Settings.Database).ConfigureAwait(false)];
        if (server.Settings.RestoreUser is { } login) powers.Add(login.User);
        return found.ConvertAll(kept =>
        {
            if (kept.Note is not { } note) return kept;
            string? live = owners.GetValueOrDefault(note.Original);
            string? why = note.At > context.Time.GetUtcNow() + Ahead ? $"that it was made at {note.At.UtcDateTime:u}, which is to come"
                : powers.Contains(kept.Owner) || kept.Owner == live || IsInJournal(kept.Name, note) ? null
                : $"that it was {note.Original}, which {(live is null ? "is not there" : $"belongs to {live}")}; the journal of this environment knows nothing of it";
            return why is null ? kept
                : kept with { Note = null, Doubt = $"The {kind.ToString().ToLowerInvariant()} {kept.Name} of {kept.Owner} says in its comment {why}. That is not believed." };
        });
    }

    private bool IsInJournal(string name, RestoreNote note) => context.Journal.Find(note.Id) is { } change
        && change.Target == RestoreNames.Target(note.Name, note.Tenant)
        && (change.Data.GetValueOrDefault("replaced") == name || change.Data.GetValueOrDefault("staging") == name);
}
