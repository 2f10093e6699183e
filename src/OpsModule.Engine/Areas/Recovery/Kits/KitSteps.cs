using System.Globalization;
using System.Text;
using OpsModule.Engine.Areas.Recovery.Kits.Content;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>The part of a kit's page that brings one database back: each block is run as it stands.</summary>
/// <param name="content">The kit.</param>
/// <param name="environment">The environment, for the queries that say what the service needs.</param>
internal sealed class KitSteps(KitContent content, OpsEnvironment environment)
{
    private static readonly HashSet<string> OnEveryServer = new(StringComparer.Ordinal) { "postgres", "template0", "template1" };

    /// <summary>Writes the steps.</summary>
    /// <param name="page">The page.</param>
    /// <param name="backup">The backup to take.</param>
    /// <param name="file">What its files are called, without an ending.</param>
    public void Write(StringBuilder page, KitBackup backup, string file)
    {
        string database = backup.Database ?? backup.Name;
        page.Append(CultureInfo.InvariantCulture, $"""

            ## The database {ShellText.Inline(backup.Name)}

            It was called `{ShellText.Inline(database)}` on a server of PostgreSQL {ShellText.Inline(backup.ServerVersion)}.
            Backup {ShellText.Inline(backup.Id)} began at {backup.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, has
            {SizeText.Show(backup.Bytes)} and was {(backup.VerifiedAt is { } when
                ? FormattableString.Invariant($"verified on {when.UtcDateTime:yyyy-MM-dd}") : "not verified when this kit was made")}.

            """);
        if (backup.Extensions.Count > 0)
            page.Append($"\nInstall the packages of these extensions on the server first: "
                + $"{ShellText.Inline(string.Join(", ", backup.Extensions))}.\n");
        WriteFetch(page, backup, file);
        WriteRoles(page, backup, file);
        WriteRestore(page, backup, database, file);
    }

    private void WriteFetch(StringBuilder page, KitBackup backup, string file)
    {
        int number = content.Stores.ToList().FindIndex(s => s.Name == backup.Store) + 1;
        KitStore store = content.Stores[number - 1];
        string stored = StoredName(backup, file), folder = backup.Key[..(backup.Key.LastIndexOf('/') + 1)];
        string fetch = store.IsBucket()
            ? $"aws{Options(store)} s3 cp \"$STORE_{number}\"/{ShellText.Quote(backup.Key)} {stored}"
            : $"cp \"$STORE_{number}\"/{ShellText.Quote(backup.Key)} {stored}";
        page.Append($"""

            Fetch it, and make sure that it is what was stored:

            ```sh
            {fetch}
            echo {ShellText.Quote($"{ShellText.Inline(backup.Sha256)}  {stored}")} | sha256sum -c -
            {Unpack(backup, stored, file)}
            ```

            If it is gone, retention has removed it. Take the newest in `{ShellText.Inline(folder)}` of the store (names begin with
            the time, UTC); the `.json` beside it holds its SHA-256 and, as base64 under `clusterGlobals.content`, its roles.

            """);
    }

    private static void WriteRoles(StringBuilder page, KitBackup backup, string file)
    {
        if (backup.Globals is null)
        {
            page.Append("""

                **This backup holds no roles.** Make them before you go on (`CREATE ROLE ...`): `pg_restore -l` of the unpacked file
                lists who owns what, and `pg_restore -f -` of it shows every GRANT.

                """);
            return;
        }
        string source = ShellText.Quote(backup.Globals);
        page.Append($"""

            Roles and tablespaces come first. Read the file before you run it: it makes superusers where there were some. A role that
            is there already is not made anew. For a tablespace its folder must be there, empty, and belong to the server's account;
            without it delete its lines, and give pg_restore `--no-tablespaces`.

            ```sh
            {(backup.Encrypted ? $"age -d -i \"$KEY\" {source} | gunzip" : $"gunzip -c {source}")} > {file}-roles.sql
            psql -X -q -v ON_ERROR_STOP=1 -d postgres -f {file}-roles.sql
            ```

            {(backup.HasVerifiers ? "The roles have the passwords that they had."
                : "**The roles have no passwords**: they could not be read, or the backup is not encrypted. "
                + "Set those of roles that log in with `\\password NAME` in psql.")}

            """);
    }

    private void WriteRestore(StringBuilder page, KitBackup backup, string database, string file)
    {
        bool isThere = OnEveryServer.Contains(database);
        string name = ShellText.Quote(database);
        page.Append($"""

            Restore it. {(isThere ? "The database is on every server, so it is not made."
                : "The database is made with the locale, owner, privileges and settings that it had; where the server knows no such "
                + "locale, make it with `createdb` and leave `--create` out.")}

            ```sh
            {(isThere ? $"pg_restore --exit-on-error -d {name} {file}.dump"
                : $"pg_restore --create --exit-on-error -d postgres {file}.dump")}
            PGDATABASE={name} psql -X -q -c ANALYZE
            ```

            Count what the backup has counted; a table with another number of rows is an error:

            ```sh
            PGDATABASE={name} psql -X -q -v ON_ERROR_STOP=1 -f {ShellText.Quote(backup.Rows!)}
            ```

            """);
        DrillQuery[] queries = [.. environment.Drill.Queries.Where(q => (q.Database is null || q.Database == backup.Name)
            && !q.Sql.Contains("{schema}", StringComparison.Ordinal))];
        if (queries.Length == 0) return;
        page.Append("\nAsk what the service asks; each answer must be `t`, or more than 0:\n\n```sh\n");
        foreach (DrillQuery query in queries) page.Append($"PGDATABASE={name} psql -X -At -v ON_ERROR_STOP=1 -c "
            + $"{ShellText.Quote(query.Sql)}\n");
        page.Append("```\n");
    }

    private static string Options(KitStore store) =>
        (store.Endpoint is null ? "" : " --endpoint-url " + ShellText.Quote(store.Endpoint))
            + (store.Region is null ? "" : " --region " + ShellText.Quote(store.Region));

    private static string StoredName(KitBackup backup, string file) => file + ".dump"
        + backup.Compression switch { Compression.Zstd => ".zst", Compression.Gzip => ".gz", _ => "" } + (backup.Encrypted ? ".age" : "");

    private static string Unpack(KitBackup backup, string stored, string file)
    {
        string plain = backup.Compression switch { Compression.Zstd => $"zstd -d -q -f -o {file}.dump", Compression.Gzip =>
            "gunzip -c", _ => "cat" };
        string to = backup.Compression == Compression.Zstd ? "" : $" > {file}.dump";
        if (backup.Encrypted) return $"age -d -i \"$KEY\" {stored} | {plain}{to}";
        return backup.Compression == Compression.None ? $"test -s {stored}" : $"{plain} {stored}{to}";
    }
}
