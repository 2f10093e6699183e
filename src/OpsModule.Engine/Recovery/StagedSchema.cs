using System.Globalization;
using System.Text;
using Npgsql;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// A schema being built beside the live one. Its objects are made under the live name, so that all their SQL is what pg_dump wrote,
/// in transactions that put the live schema aside and back again: nobody else ever sees that, for it is never committed in between.
/// </summary>
internal sealed class StagedSchema(PostgresServer server, ArchiveScope scope, string live, bool liveExists, string stage)
{
    private static readonly HashSet<string> WithPrivileges = ["AGGREGATE", "DOMAIN", "FOREIGN TABLE", "FUNCTION", "MATERIALIZED VIEW", "PROCEDURE", "SEQUENCE", "TABLE", "TYPE", "VIEW"];

    private readonly string _hold = SqlName.Truncate("ops_hold_" + stage["ops_stage_".Length..]);
    private StagedChecks _checks = null!;

    /// <summary>Makes the schema with everything that comes before the data.</summary>
    public async Task CreateAsync(RestoreNote note, NpgsqlConnection connection, CancellationToken ct)
    {
        PartedScript script = await new StructureScript(server, scope).PreDataPartsAsync(ct).ConfigureAwait(false);
        int room = (await LockSpace.ReadAsync(connection, ct).ConfigureAwait(false)).Statements;
        // The archive's own comment on the schema is kept inside the note until the switch.
        string tag = "$ops_" + Guid.NewGuid().ToString("N") + "$";
        string comment = $"""
            DO {tag} BEGIN EXECUTE pg_catalog.format('COMMENT ON SCHEMA %I IS %L', {SqlName.Literal(stage)}::text,
              ({SqlName.Literal(note.ToJson())}::pg_catalog.jsonb || pg_catalog.jsonb_build_object('comment',
              (SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = {SqlName.Literal(stage)})))::text);
            END {tag};
            """;
        var sql = new StringBuilder(Own("BEGIN;")).Append(Aside()).Append(script.Preamble).Append(SchemaGrants());
        bool granting = false;
        foreach ((ScriptPart part, int at) in script.Parts.Select((p, i) => (p, i)))
        {
            if (at > 0 && at % room == 0) sql.Append(Pause());
            bool grant = part.Entry.Description == "ACL";
            // All grants come after all objects.
            if (grant && !granting) sql.Append(Within(DefaultGrants.TakeBack(live)));
            granting |= grant;
            sql.Append(part.Sql);
        }
        if (!granting) sql.Append(Within(DefaultGrants.TakeBack(live)));
        sql.Append(Own($"ALTER SCHEMA {SqlName.Quote(live)} RENAME TO {SqlName.Quote(stage)};")).Append(Back()).Append(Own(comment + "COMMIT;"));
        await StructureScript.RunAsync(server, null, sql.ToString(), ct).ConfigureAwait(false);
        _checks = await StagedChecks.TakeAsync(connection, stage, live, liveExists ? _hold : null, ct).ConfigureAwait(false);
    }

    /// <summary>Sets sequences and makes everything that comes after the data.</summary>
    /// <returns>CHECK constraints that could only be made NOT VALID.</returns>
    public async Task<IReadOnlyList<string>> FinishAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        PartedScript script = await new StructureScript(server, scope).PostDataAsync(ct).ConfigureAwait(false);
        int room = (await LockSpace.ReadAsync(connection, ct).ConfigureAwait(false)).Statements;
        var outside = new List<OutgoingKey>();
        var sql = new StringBuilder(Own("BEGIN;")).Append(Aside())
            .Append(Own($"ALTER SCHEMA {SqlName.Quote(stage)} RENAME TO {SqlName.Quote(live)};")).Append(script.Preamble);
        int statements = 0;
        void Add(string text)
        {
            if (++statements % room == 0) sql.Append(Pause());
            sql.Append(text);
        }
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e.Description == "SEQUENCE SET")) Add(Own(entry.Definition));
        sql.Append(Within(""));
        bool made = script.Parts.Any(p => WithPrivileges.Contains(p.Entry.Description));
        if (made) sql.Append(Within(DefaultGrants.Remember(live)));
        bool finishing = false;
        foreach (ScriptPart part in script.Parts)
        {
            OutgoingKey? key = OutgoingKey.Of(part.Entry, scope.Schema!);
            if (key is not null) outside.Add(key);
            if (key is not null || Publications.IsMembership(part.Entry))
            {
                // Settings for the next entry stand at the end of the one before.
                foreach (string line in part.Sql.Split('\n').Where(l => l.StartsWith("SET default_", StringComparison.Ordinal))) sql.Append(line).Append('\n');
                continue;
            }
            // Grants come after all objects, and materialized views are filled after those.
            if (!finishing && part.Entry.Description is "ACL" or "DEFAULT ACL" or "MATERIALIZED VIEW DATA")
            {
                finishing = true;
                AddLast();
            }
            Add(part.Sql);
        }
        if (!finishing) AddLast();
        sql.Append(Own($"ALTER SCHEMA {SqlName.Quote(live)} RENAME TO {SqlName.Quote(stage)};")).Append(Back()).Append(Own("COMMIT;"));
        // First the keys that refer to live tables: comments on them are in the script.
        foreach (OutgoingKey key in outside) await key.AddAsync(connection, stage, ct).ConfigureAwait(false);
        await StructureScript.RunAsync(server, null, sql.ToString(), ct).ConfigureAwait(false);
        return await _checks.UnvalidatedAsync(connection, stage, ct).ConfigureAwait(false);

        void AddLast()
        {
            if (made) sql.Append(Within(DefaultGrants.TakeBack(live)));
            foreach (string check in _checks.Statements(live)) Add(Within(check));
        }
    }

    /// <summary>Writes into the note that the schema is complete and verified.</summary>
    public static async Task<RestoreNote> MarkCompleteAsync(NpgsqlConnection connection, string stage, IReadOnlyList<TableDigest> loaded, IReadOnlyList<string> notValid, CancellationToken ct)
    {
        RestoreNote note = RestoreNote.Parse(await CommentAsync(connection, stage, ct).ConfigureAwait(false))
            ?? throw new OpsException("StagingAltered", OpsErrorCategory.InvalidData, $"The comment on the staging schema {stage} is not the one that was written.",
                "Somebody else has changed it. Run the command again.", stage);
        note = note with { Complete = true, Rows = loaded.Sum(t => t.Rows), Bytes = loaded.Sum(t => t.Bytes), Tables = loaded.Count, NotValid = notValid };
        await connection.ExecuteAsync($"COMMENT ON SCHEMA {SqlName.Quote(stage)} IS {SqlName.Literal(note.ToJson())}", ct).ConfigureAwait(false);
        return note;
    }

    public static Task<string?> CommentAsync(NpgsqlConnection connection, string schema, CancellationToken ct) => connection.ScalarAsync<string>(
        "SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = $1", ct, schema);

    /// <summary>The schema's own grants come first of all, as owners of its objects may need them.</summary>
    private string SchemaGrants()
    {
        var sql = new StringBuilder(DefaultGrants.TakeBackOfSchema(live)).Append('\n').Append(StructureScript.InitialGrants(scope));
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e.Description == "ACL" && scope.IsOfSchemaItself(e))) sql.Append(entry.Definition);
        return Within(sql.ToString());
    }

    private string Aside() => liveExists ? Own($"ALTER SCHEMA {SqlName.Quote(live)} RENAME TO {SqlName.Quote(_hold)};") : "";

    private string Back() => liveExists ? Own($"ALTER SCHEMA {SqlName.Quote(_hold)} RENAME TO {SqlName.Quote(live)};") : "";

    /// <summary>Commits what there is and goes on, for a transaction may not hold more locks than the server has room for.</summary>
    private string Pause() => Own($"ALTER SCHEMA {SqlName.Quote(live)} RENAME TO {SqlName.Quote(stage)};") + Back() + Own("COMMIT; BEGIN;") + Aside()
        + Within($"ALTER SCHEMA {SqlName.Quote(stage)} RENAME TO {SqlName.Quote(live)};");

    /// <summary>SQL of our own between that of the archive.</summary>
    private string Within(string sql) => Own(sql) + $"SET client_encoding = {SqlName.Literal(scope.Encoding)};\n";

    private static string Own(string sql) => StructureScript.Bytes(string.Create(CultureInfo.InvariantCulture, $"\nSET client_encoding = 'UTF8';\n{sql}\n"));
}
