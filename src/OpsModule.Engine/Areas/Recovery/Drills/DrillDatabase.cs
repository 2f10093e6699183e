using System.Security.Cryptography;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// The database that a drill restores into. The superuser makes roles, the empty database and the extensions, in words of our own; whatever
/// comes out of the backup is run by a role that logs in by itself and is no superuser, because code in a backup could take any other role
/// of its session.
/// </summary>
internal sealed class DrillDatabase(IDrillServer drill, BackupRecord backup, ArchiveScope scope, List<string> notes)
{
    /// <summary>Its name.</summary>
    public const string Name = "drill";

    internal const string ExtensionObjectsSql = """
        SELECT 'GRANT ' || CASE c.relkind WHEN 'S' THEN 'ALL ON SEQUENCE' ELSE 'SELECT, INSERT, UPDATE, DELETE ON TABLE' END
               || pg_catalog.format(' %I.%I TO %I WITH GRANT OPTION', n.nspname, c.relname, $1::text)
        FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE d.deptype = 'e' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL SELECT pg_catalog.format('GRANT ALL ON SCHEMA %I TO %I WITH GRANT OPTION', n.nspname, $1::text)
        FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n ON n.oid = d.objid AND d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass WHERE d.deptype = 'e'
        UNION ALL SELECT pg_catalog.format('GRANT USAGE ON FOREIGN DATA WRAPPER %I TO %I WITH GRANT OPTION', fdwname, $1::text) FROM pg_catalog.pg_foreign_data_wrapper
        """;

    private readonly string _user = DrillServer.NewName("ops_restore"), _password = RandomNumberGenerator.GetHexString(32);
    private readonly HashSet<string> _schemas = [];

    /// <summary>Runs scripts of the backup's structure.</summary>
    public LenientScript Script { get; private set; } = null!;

    /// <summary>Options for pg_restore when it writes the structure.</summary>
    public List<string> ScriptOptions { get; } = ["--no-owner", "--no-tablespaces"];

    /// <summary>Makes everything that is there before the backup's own.</summary>
    public async Task<PostgresServer> CreateAsync(CancellationToken ct)
    {
        PostgresServer restorer = drill.As(_user, _password);
        Script = new LenientScript(restorer, Name, notes) { OfTenant = backup.Tenant is not null, IsMade = IsMade };
        await using NpgsqlConnection connection = await drill.Server.ConnectAsync(ct).ConfigureAwait(false);
        await connection.ExecuteAsync($"CREATE ROLE {_user} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION BYPASSRLS CREATEDB PASSWORD '{_password}'", ct).ConfigureAwait(false);
        await CreateRolesAsync(connection, ct).ConfigureAwait(false);
        await CreateEmptyAsync(restorer, ct).ConfigureAwait(false);
        await connection.ExecuteAsync($"ALTER ROLE {_user} NOCREATEDB", ct).ConfigureAwait(false);
        await CreateExtensionsAsync(ct).ConfigureAwait(false);
        if (backup.Tenant is null)
        {
            await Script.RunAsync(new PartedScript(StructureScript.Bytes(string.Concat(DatabaseSettingsCarrier.OfArchive(scope.Header, Name))), []), "", ct).ConfigureAwait(false);
            // A limit is for everybody but superusers, and there are several sessions now.
            await connection.ExecuteAsync($"ALTER DATABASE {Name} CONNECTION LIMIT -1", ct).ConfigureAwait(false);
        }
        return restorer;
    }

    /// <summary>
    /// Roles that the backup names; what they may do is not in it. The restoring role is a member, to set their default privileges. Roles
    /// that come with PostgreSQL are left as they are: to be a member of some is as good as to be superuser.
    /// </summary>
    private async Task CreateRolesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        string[] wanted = [.. DrillGlobals.WantedRoles(scope)];
        List<string> there = await connection.NamesAsync("SELECT rolname::text FROM pg_catalog.pg_roles", ct).ConfigureAwait(false);
        foreach (string role in wanted.Except(there).Where(r => !r.StartsWith("pg_", StringComparison.Ordinal)))
        {
            await connection.ExecuteAsync($"CREATE ROLE {SqlName.Quote(role)} NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB", ct).ConfigureAwait(false);
            await connection.ExecuteAsync($"GRANT {SqlName.Quote(role)} TO {_user}", ct).ConfigureAwait(false);
        }
    }

    private async Task CreateEmptyAsync(PostgresServer restorer, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await restorer.ConnectAsync(ct).ConfigureAwait(false);
        try
        {
            await connection.ExecuteAsync(DatabaseSettingsCarrier.Create(scope.Header, Name, _user, noTablespaces: true), ct).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.WrongObjectType or PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject)
        {
            notes.Add($"This machine cannot make a database like the original ({e.MessageText}); it was restored with UTF-8 and the C locale.");
            await connection.ExecuteAsync($"CREATE DATABASE {Name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' OWNER {_user}", ct).ConfigureAwait(false);
        }
        IReadOnlyList<string> tablespaces = Preflight.TablespacesOf(scope);
        if (tablespaces.Count > 0) notes.Add($"Tablespaces are not made in a drill ({string.Join(", ", tablespaces)}); what lies in them was restored without.");
    }

    private async Task CreateExtensionsAsync(CancellationToken ct)
    {
        await using NpgsqlConnection connection = await drill.Server.ConnectAsync(ct, Name).ConfigureAwait(false);
        string[] schemas = [.. scope.Entries.Where(e => e.Description == "SCHEMA").Select(e => e.Tag)];
        var wanted = backup.Tenant is not null
            ? backup.Extensions.Select(e => (Name: e, Schema: (string?)null)).ToList()
            : [.. scope.Entries.Where(e => e.Description == "EXTENSION").Select(e => (e.Tag, SchemaOf(e)))];
        foreach ((string name, string? schema) in wanted)
        {
            if (schema is not null && schemas.Contains(schema) && _schemas.Add(schema))
                await connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {SqlName.Quote(schema)} AUTHORIZATION {_user}", ct).ConfigureAwait(false);
            await connection.ExecuteAsync($"CREATE EXTENSION IF NOT EXISTS {SqlName.Quote(name)}{(schema is null ? "" : " SCHEMA " + SqlName.Quote(schema))} CASCADE", ct).ConfigureAwait(false);
        }
        foreach (string grant in await connection.NamesAsync(ExtensionObjectsSql, ct, _user).ConfigureAwait(false)) await connection.ExecuteAsync(grant, ct).ConfigureAwait(false);
        await LeaveOutAccessMethodsAsync(connection, ct).ConfigureAwait(false);
    }

    private async Task LeaveOutAccessMethodsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        List<string> there = await connection.NamesAsync("SELECT amname::text FROM pg_catalog.pg_am", ct).ConfigureAwait(false);
        string[] missing = [.. scope.Entries.Select(e => e.AccessMethod).OfType<string>().Distinct().Except(there)];
        if (missing.Length == 0 || connection.PostgreSqlVersion.Major < 15) return;
        ScriptOptions.Add("--no-table-access-method");
        notes.Add($"Not proven, because only a superuser may make table access methods: {string.Join(", ", missing)}; the tables were restored with the usual one.");
    }

    /// <summary>The schema public, extensions and the schemas they were put in are there; what is said about extensions is for their owner to say.</summary>
    private bool IsMade(ArchiveEntry entry) => entry.Description switch
    {
        "EXTENSION" => true,
        "COMMENT" => entry.Tag.StartsWith("EXTENSION ", StringComparison.Ordinal),
        "SCHEMA" => entry.Tag == ArchiveScope.Public || _schemas.Contains(entry.Tag),
        _ => false,
    };

    /// <summary>The schema of <c>CREATE EXTENSION IF NOT EXISTS name WITH SCHEMA schema</c>.</summary>
    private static string? SchemaOf(ArchiveEntry extension)
    {
        List<SqlToken> tokens = SqlTokens.Read(extension.Definition);
        int at = tokens.FindIndex(t => t.Is("SCHEMA"));
        return at >= 0 && at + 1 < tokens.Count ? tokens[at + 1].Text : null;
    }
}
