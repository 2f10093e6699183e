using System.Globalization;
using System.Text;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Areas.Recovery.Replication;
using OpsModule.Engine.Areas.Recovery.Room;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// A schema being built beside the live one. Its objects are made under the live name, so that all their SQL is what pg_dump wrote,
/// in transactions that put the live schema aside and back again: nobody else ever sees that, for it is never committed in between.
/// </summary>
internal sealed class StagedSchema(PostgresServer server, ArchiveScope scope, string live, bool liveExists, string stage)
{
    private static readonly HashSet<string> WithPrivileges = ["AGGREGATE", "DOMAIN", "FOREIGN TABLE", "FUNCTION", "MATERIALIZED VIEW", "PROCEDURE", "SEQUENCE", "TABLE", "TYPE", "VIEW"];

    private readonly string _hold = SqlName.Truncate("ops_hold_" + stage["ops_stage_".Length..]);

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
        sql.Append(Own(Rename(live, stage) + ";")).Append(Back()).Append(Own(comment + "COMMIT;"));
        await StructureScript.RunAsync(server, null, sql.ToString(), ct).ConfigureAwait(false);
    }

    /// <summary>Does something in a transaction in which the staged schema has the live name, and commits it.</summary>
    public async Task<T> UnderLiveNameAsync<T>(NpgsqlConnection connection, Func<Task<T>> body, CancellationToken ct)
    {
        await connection.ExecuteAsync(string.Join("; ", ["BEGIN", .. liveExists ? new[] { Rename(live, _hold) } : [], Rename(stage, live)]), ct).ConfigureAwait(false);
        T result = await body().ConfigureAwait(false);
        await connection.ExecuteAsync(string.Join("; ", [Rename(live, stage), .. liveExists ? new[] { Rename(_hold, live) } : [], "COMMIT"]), ct).ConfigureAwait(false);
        return result;
    }

    /// <summary>Sets sequences and makes everything that comes after the data.</summary>
    /// <returns>Objects that the server refused and that can be made later; CHECK constraints that could only be made NOT VALID.</returns>
    public async Task<(IReadOnlyList<NotRestoredObject> Refused, IReadOnlyList<string> NotValid)> FinishAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        PartedScript script = await new StructureScript(server, scope).PostDataAsync(ct).ConfigureAwait(false);
        int room = (await LockSpace.ReadAsync(connection, ct).ConfigureAwait(false)).Statements;
        var outside = new List<OutgoingKey>();
        var sparing = new SparingScript();
        var sql = new StringBuilder(Own("BEGIN;")).Append(Aside())
            .Append(Own(Rename(stage, live) + ";")).Append(script.Preamble);
        int statements = 0;
        void Add(string text)
        {
            if (++statements % room == 0) sql.Append(Pause());
            sql.Append(text);
        }
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e.Description == "SEQUENCE SET")) Add(Own(entry.Definition));
        sql.Append(Within(""));
        bool made = script.Parts.Any(p => p.Constraint is null && WithPrivileges.Contains(p.Entry.Description));
        if (made) sql.Append(Within(DefaultGrants.Remember(live)));
        foreach (ScriptPart part in script.Parts)
        {
            OutgoingKey? key = OutgoingKey.Of(part.Entry, scope.Schema!);
            if (key is not null) outside.Add(key);
            if (key is not null || Publications.IsMembership(part.Entry))
            {
                sql.Append(part.Settings);
                continue;
            }
            // Grants come after all objects, and materialized views are filled after those.
            if (made && part.Entry.Description is "ACL" or "DEFAULT ACL" or "MATERIALIZED VIEW DATA")
            {
                sql.Append(Within(DefaultGrants.TakeBack(live)));
                made = false;
            }
            bool validates = part.Constraint is not null && part.Body.Contains(" VALIDATE CONSTRAINT ", StringComparison.Ordinal);
            Add(sparing.Write(validates ? part with { Body = IfFulfilled(part.Body) } : part));
        }
        if (made) sql.Append(Within(DefaultGrants.TakeBack(live)));
        sql.Append(Own(Rename(live, stage) + ";")).Append(Back()).Append(Own("COMMIT;"));
        // First the keys that refer to live tables: comments on them are in the script.
        foreach (OutgoingKey key in outside) await key.AddAsync(connection, stage, ct).ConfigureAwait(false);
        await StructureScript.RunAsync(server, null, sql.ToString(), ["ON_ERROR_STOP=1"], sparing.Hear, ct).ConfigureAwait(false);
        IReadOnlyList<NotRestoredObject> refused = sparing.Refused();
        return (refused, script.Parts.Any(p => p.Constraint is not null) ? await NotValidAsync(connection, refused, ct).ConfigureAwait(false) : []);
    }

    /// <summary>
    /// The rows are those of the backup; but what a check's function looks at may have changed since they were written, and then they do not fulfil
    /// it any more. A restore is not the moment to insist: the check stays as it was added, for new rows alone. That a function cannot be run at all,
    /// for want of a name, is another matter.
    /// </summary>
    private static string IfFulfilled(string validation)
    {
        string tag = "$ops_" + Guid.NewGuid().ToString("N") + "$";
        return $"DO {tag} BEGIN {validation} EXCEPTION WHEN OTHERS THEN IF SQLSTATE ~ '^(42|53|57|58|XX)' THEN RAISE; END IF; END {tag};\n";
    }

    /// <summary>Checks that are not valid, but for those that were not in the backup either, and those that are told already.</summary>
    private async Task<IReadOnlyList<string>> NotValidAsync(NpgsqlConnection connection, IReadOnlyList<NotRestoredObject> refused, CancellationToken ct)
    {
        HashSet<string> before = [.. scope.Entries.Where(e => e.Description == "CHECK CONSTRAINT").Select(e => e.Tag)];
        List<(string Name, string On)> found = await connection.ListAsync("""
            SELECT k.conname::text, coalesce(c.relname, t.typname)::text FROM pg_catalog.pg_constraint k
            LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
            WHERE k.connamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) AND k.contype = 'c' AND NOT k.convalidated AND (k.conislocal OR k.contypid <> 0) ORDER BY 2, 1
            """, r => (r.GetString(0), r.GetString(1)), ct, stage).ConfigureAwait(false);
        return [.. found.Where(f => !before.Contains($"{f.On} {f.Name}") && !refused.Any(r => r.Name == $"{live}.{f.On} {f.Name}")).Select(f => $"{f.Name} of {f.On}")];
    }

    /// <summary>Writes into the note that the schema is complete and verified.</summary>
    public static async Task<RestoreNote> MarkCompleteAsync(NpgsqlConnection connection, string stage, IReadOnlyList<TableDigest> loaded, IReadOnlyList<NotRestoredObject> refused, IReadOnlyList<string> notValid, CatalogueVerdict verdict, CancellationToken ct)
    {
        RestoreNote note = RestoreNote.Parse(await CommentAsync(connection, stage, ct).ConfigureAwait(false))
            ?? throw new OpsException("StagingAltered", OpsErrorCategory.InvalidData, $"The comment on the staging schema {stage} is not the one that was written.",
                "Somebody else has changed it. Run the command again.", stage);
        note = note.With(verdict) with { Complete = true, Rows = loaded.Sum(t => t.Rows), Bytes = loaded.Sum(t => t.Bytes), Tables = loaded.Count, NotRestored = refused, NotValid = notValid };
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

    private static string Rename(string from, string to) => $"ALTER SCHEMA {SqlName.Quote(from)} RENAME TO {SqlName.Quote(to)}";

    private string Aside() => liveExists ? Own(Rename(live, _hold) + ";") : "";

    private string Back() => liveExists ? Own(Rename(_hold, live) + ";") : "";

    /// <summary>Commits what there is and goes on, for a transaction may not hold more locks than the server has room for.</summary>
    private string Pause() => Own(Rename(live, stage) + ";") + Back() + Own("COMMIT; BEGIN;") + Aside()
        + Within(Rename(stage, live) + ";");

    /// <summary>SQL of our own between that of the archive.</summary>
    private string Within(string sql) => Own(sql) + $"SET client_encoding = {SqlName.Literal(scope.Encoding)};\n";

    private static string Own(string sql) => StructureScript.Bytes(string.Create(CultureInfo.InvariantCulture, $"\nSET client_encoding = 'UTF8';\n{sql}\n"));
}
