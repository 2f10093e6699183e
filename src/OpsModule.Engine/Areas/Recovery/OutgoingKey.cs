using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// A foreign key from the restored schema to a table outside it. Adding one locks the table it refers to against writes; so it is
/// added unchecked in a moment, and checked afterwards under a lock that writers do not notice.
/// </summary>
/// <param name="Table">The table it is on.</param>
/// <param name="Name">The constraint.</param>
/// <param name="Referred">The table it refers to, with its schema, quoted.</param>
/// <param name="Rest">The statement from ADD CONSTRAINT on, without the semicolon.</param>
/// <param name="Unchecked">True when it was NOT VALID in the dump and shall stay so.</param>
internal sealed record OutgoingKey(string Table, string Name, string Referred, string Rest, bool Unchecked)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The key of an archive entry; null when it is none or stays inside the schema.</summary>
    public static OutgoingKey? Of(ArchiveEntry entry, string schema)
    {
        if (entry.Description != "FK CONSTRAINT") return null;
        List<SqlToken> tokens = SqlTokens.Read(entry.Definition);
        int add = tokens.FindIndex(t => t.Is("ADD")), references = tokens.FindIndex(t => t.Is("REFERENCES"));
        int target = references + 1, table = tokens[2].Is("ONLY") ? 3 : 2;
        if (add < 0 || references < 0 || SqlTokens.QualifiedName(tokens, ref target) is not { } referred
            || SqlTokens.QualifiedName(tokens, ref table) is not { } on || referred.Schema == schema) return null;
        bool isUnchecked = tokens.Count > 3 && tokens[^2].Is("VALID") && tokens[^3].Is("NOT");
        return new OutgoingKey(on.Name, tokens[add + 2].Text, SqlName.Quote(referred.Schema, referred.Name), entry.Definition[tokens[add].Start..].TrimEnd().TrimEnd(';'), isUnchecked);
    }

    /// <summary>Adds the key to the table in the staging schema.</summary>
    public async Task AddAsync(NpgsqlConnection connection, string stage, CancellationToken ct)
    {
        List<string> leaves = await connection.NamesAsync("""
            SELECT leaf.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class leaf ON leaf.oid = p.relid
            WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'p' AND p.isleaf AND leaf.relnamespace = c.relnamespace AND leaf.oid <> c.oid
            """, ct, stage, Table).ConfigureAwait(false);
        bool partitioned = await connection.ScalarAsync<bool>("""
            SELECT c.relkind = 'p' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
            """, ct, stage, Table).ConfigureAwait(false);
        // A partitioned table takes no unchecked key; it takes over those that its partitions have already been checked for. That changes
        // triggers of the table referred to, and so needs a moment without its readers, too.
        foreach (string table in partitioned ? leaves : [Table])
        {
            await AlterAsync(connection, $"{On(stage, table)} {Rest}{(Unchecked ? "" : " NOT VALID")}", ct).ConfigureAwait(false);
            if (!Unchecked) await connection.ExecuteAsync($"{On(stage, table)} VALIDATE CONSTRAINT {SqlName.Quote(Name)}", ct).ConfigureAwait(false);
        }
        if (partitioned) await AlterAsync(connection, $"{LockReferred()} {On(stage, Table)} {Rest}", ct).ConfigureAwait(false);
    }

    /// <summary>
    /// The strongest lock first: the statement would take a weaker one and then ask for more, and PostgreSQL ends a writer at once (40P01) that
    /// comes in between. A role that may refer to a table but not lock it goes without.
    /// </summary>
    private string LockReferred() => $"BEGIN LOCK TABLE {Referred} IN ACCESS EXCLUSIVE MODE; EXCEPTION WHEN insufficient_privilege THEN NULL; END;";

    private static string On(string stage, string table) => $"ALTER TABLE {SqlName.Quote(stage, table)}";

    private async Task AlterAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        if (await ShortLock.RunAsync(connection, Patience, sql + ";", ct).ConfigureAwait(false) is not null) return;
        throw new OpsException("ForeignKeyBlocked", OpsErrorCategory.ResourceBusy,
            $"The foreign key {Name} of {Table} could not be added within {Patience.TotalSeconds:0} s, because the table it refers to is in use all the time.",
            "Nothing live was changed. Run the command again at a quieter time.", Table);
    }
}
