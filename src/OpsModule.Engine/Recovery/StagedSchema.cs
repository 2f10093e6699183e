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
    private readonly string _hold = SqlName.Truncate("ops_hold_" + stage["ops_stage_".Length..]);

    /// <summary>Makes the schema with everything that comes before the data.</summary>
    public async Task CreateAsync(RestoreNote note, CancellationToken ct)
    {
        string script = await new StructureScript(server, scope).PreDataAsync(ct).ConfigureAwait(false);
        // The archive's own comment on the schema is kept inside the note until the switch.
        string tag = "$ops_" + Guid.NewGuid().ToString("N") + "$";
        string comment = $"""
            DO {tag} BEGIN EXECUTE pg_catalog.format('COMMENT ON SCHEMA %I IS %L', {SqlName.Literal(stage)}::text,
              ({SqlName.Literal(note.ToJson())}::pg_catalog.jsonb || pg_catalog.jsonb_build_object('comment',
              (SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = {SqlName.Literal(stage)})))::text);
            END {tag};
            """;
        string sql = Own("BEGIN;") + Aside() + script + Own($"ALTER SCHEMA {SqlName.Quote(live)} RENAME TO {SqlName.Quote(stage)};")
            + Back() + Own(comment + "COMMIT;");
        await StructureScript.RunAsync(server, null, sql, ct).ConfigureAwait(false);
    }

    /// <summary>Sets sequences and makes everything that comes after the data.</summary>
    /// <returns>Objects that the server refused and that can be made later.</returns>
    public async Task<IReadOnlyList<NotRestoredObject>> FinishAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        PartedScript script = await new StructureScript(server, scope).PostDataAsync(ct).ConfigureAwait(false);
        var outside = new List<OutgoingKey>();
        var sparing = new SparingScript();
        var sql = new StringBuilder(Own("BEGIN;")).Append(Aside())
            .Append(Own($"ALTER SCHEMA {SqlName.Quote(stage)} RENAME TO {SqlName.Quote(live)};")).Append(script.Preamble);
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e.Description == "SEQUENCE SET")) sql.Append(Own(entry.Definition));
        sql.Append(Own($"SET client_encoding = {SqlName.Literal(scope.Encoding)};"));
        foreach (ScriptPart part in script.Parts)
        {
            if (OutgoingKey.Of(part.Entry, scope.Schema!) is not { } key) { sql.Append(sparing.Write(part)); continue; }
            outside.Add(key);
            // Settings for the next entry stand at the end of the one before.
            foreach (string line in part.Sql.Split('\n').Where(l => l.StartsWith("SET default_", StringComparison.Ordinal))) sql.Append(line).Append('\n');
        }
        sql.Append(Own($"ALTER SCHEMA {SqlName.Quote(live)} RENAME TO {SqlName.Quote(stage)};")).Append(Back()).Append(Own("COMMIT;"));
        // First the keys that refer to live tables: comments on them are in the script.
        foreach (OutgoingKey key in outside) await key.AddAsync(connection, stage, ct).ConfigureAwait(false);
        await StructureScript.RunAsync(server, null, sql.ToString(), ["ON_ERROR_STOP=1"], sparing.Hear, ct).ConfigureAwait(false);
        return sparing.Refused();
    }

    /// <summary>Writes into the note that the schema is complete and verified.</summary>
    public static async Task<RestoreNote> MarkCompleteAsync(NpgsqlConnection connection, string stage, IReadOnlyList<TableDigest> loaded, IReadOnlyList<NotRestoredObject> refused, CatalogueVerdict verdict, CancellationToken ct)
    {
        RestoreNote note = RestoreNote.Parse(await CommentAsync(connection, stage, ct).ConfigureAwait(false))
            ?? throw new OpsException("StagingAltered", OpsErrorCategory.InvalidData, $"The comment on the staging schema {stage} is not the one that was written.",
                "Somebody else has changed it. Run the command again.", stage);
        note = note.With(verdict) with { Complete = true, Rows = loaded.Sum(t => t.Rows), Bytes = loaded.Sum(t => t.Bytes), Tables = loaded.Count, NotRestored = refused };
        await connection.ExecuteAsync($"COMMENT ON SCHEMA {SqlName.Quote(stage)} IS {SqlName.Literal(note.ToJson())}", ct).ConfigureAwait(false);
        return note;
    }

    public static Task<string?> CommentAsync(NpgsqlConnection connection, string schema, CancellationToken ct) => connection.ScalarAsync<string>(
        "SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = $1", ct, schema);

    private string Aside() => liveExists ? Own($"ALTER SCHEMA {SqlName.Quote(live)} RENAME TO {SqlName.Quote(_hold)};") : "";

    private string Back() => liveExists ? Own($"ALTER SCHEMA {SqlName.Quote(_hold)} RENAME TO {SqlName.Quote(live)};") : "";

    private static string Own(string sql) => StructureScript.Bytes(string.Create(CultureInfo.InvariantCulture, $"\nSET client_encoding = 'UTF8';\n{sql}\n"));
}
