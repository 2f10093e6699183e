using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Areas.Recovery.Replication;
using OpsModule.Engine.Areas.Recovery.Room;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>What must be right before a restore changes anything; it only reads.</summary>
internal sealed class Preflight(PostgresServer server, NpgsqlConnection connection, BackupRecord backup, ArchiveScope scope)
{
    /// <summary>Checks what the archive itself says, which costs nothing: whoever opens it does so.</summary>
    public void CheckArchive()
    {
        CheckVersion();
        if (scope.Schema is not { } schema) return;
        CheckSchemaIsThere();
        CheckRoots(schema);
    }

    /// <summary>Checks what a tenant's restore needs.</summary>
    public async Task CheckSchemaAsync(string schema, bool liveExists, IOpsReporter reporter, CancellationToken ct)
    {
        CheckArchive();
        await CheckRolesAsync(ct).ConfigureAwait(false);
        await CheckInstalledExtensionsAsync(ct).ConfigureAwait(false);
        await CheckPrivilegesAsync(schema, ct).ConfigureAwait(false);
        await CheckPlacesAsync(ct).ConfigureAwait(false);
        await new DiskCheck(server, connection, backup, scope).RunAsync(ct).ConfigureAwait(false);
        await Publications.CheckAsync(connection, schema, scope, reporter, ct).ConfigureAwait(false);
        await LeftOut.WarnAsync(connection, schema, backup.LeftOut, reporter, ct).ConfigureAwait(false);
        if (!liveExists) return;
        await OutsideReferences.RefuseAsync(connection, schema, ct).ConfigureAwait(false);
        await (await LockSpace.ReadAsync(connection, ct).ConfigureAwait(false)).RefuseSwitchAsync(connection, schema, ct).ConfigureAwait(false);
    }

    /// <summary>Checks what a whole database's restore needs.</summary>
    /// <param name="reporter">Told of logical replication that the restore cuts off; null when nothing live is replaced.</param>
    /// <param name="ct">Cancels.</param>
    public async Task CheckDatabaseAsync(IOpsReporter? reporter, CancellationToken ct)
    {
        if (reporter is not null) await Publications.WarnOfDatabaseAsync(connection, server.Settings.Database, reporter, ct).ConfigureAwait(false);
        CheckArchive();
        await CheckRolesAsync(ct).ConfigureAwait(false);
        string[] wanted = [.. backup.Extensions.Concat(scope.Entries.Where(e => e.Description == "EXTENSION").Select(e => e.Tag)).Distinct()];
        RefuseExtensions(wanted.Except(await AvailableAsync(wanted, ct).ConfigureAwait(false)), "are not available on the server", "Install their packages on the server");
        await CheckMayCreateExtensionsAsync(wanted, ct).ConfigureAwait(false);
        if (!await connection.ScalarAsync<bool>("SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", ct).ConfigureAwait(false))
            throw Denied($"The role {server.Settings.User} may not create databases.", $"Run ALTER ROLE {SqlName.Quote(server.Settings.User)} CREATEDB, or use another role.");
        await CheckPlacesAsync(ct).ConfigureAwait(false);
        await new DiskCheck(server, connection, backup, scope).RunAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Checks what the role needs that the rows are loaded as, where it is another one than the environment's own.</summary>
    /// <param name="loading">A session of that role.</param>
    /// <param name="schema">The schema that it builds all of; null where it only loads rows and has them checked.</param>
    /// <param name="ct">Cancels.</param>
    public async Task CheckLoadingRoleAsync(NpgsqlConnection loading, string? schema, CancellationToken ct)
    {
        string[] owners = [.. scope.Entries.Where(e => schema is not null || e.Description is "TABLE" or "DOMAIN").Select(e => e.Owner).OfType<string>().Distinct()];
        List<string> foreign = await loading.NamesAsync("SELECT w::text FROM pg_catalog.unnest($1::text[]) w WHERE NOT pg_catalog.pg_has_role(w, 'USAGE')", ct, (object)owners)
            .ConfigureAwait(false);
        string user = server.ForRestoring().Settings.User;
        if (foreign.Count > 0)
            throw Denied($"The role {user} (databases.{server.Settings.Name}.restoreUser) cannot load rows for their owners, because it does not have the rights of: {string.Join(", ", foreign)}.",
                $"Run GRANT {string.Join(", ", foreign.Select(SqlName.Quote))} TO {SqlName.Quote(user)}, or name another role.");
        if (!await connection.ScalarAsync<bool>("""
            SELECT rolsuper OR pg_catalog.pg_has_role($1, 'MEMBER') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') FROM pg_catalog.pg_roles WHERE rolname = current_user
            """, ct, user).ConfigureAwait(false))
            throw Denied($"The role {server.Settings.User} may not end sessions of {user} (databases.{server.Settings.Name}.restoreUser), which it must when a restore is taken back.",
                $"Run GRANT {SqlName.Quote(user)} TO {SqlName.Quote(server.Settings.User)}.");
        if (schema is not null) await new Preflight(server.ForRestoring(), loading, backup, scope).CheckPrivilegesAsync(schema, ct).ConfigureAwait(false);
    }

    /// <summary>Roles that the archive names, as owners or in privileges and policies.</summary>
    public static IReadOnlyList<string> RolesOf(ArchiveScope scope)
    {
        var roles = new SortedSet<string>(StringComparer.Ordinal);
        foreach (ArchiveEntry entry in scope.Entries)
        {
            if (entry.Owner is { } owner) roles.Add(owner);
            if (entry.Description is "ACL" or "DEFAULT ACL" or "POLICY") AddRoles(SqlTokens.Read(entry.Definition), roles, entry.Description == "POLICY");
        }
        return [.. roles];
    }

    private static void AddRoles(List<SqlToken> tokens, SortedSet<string> roles, bool policy)
    {
        for (int i = 0; i < tokens.Count - 1; i++)
        {
            // A policy's expressions come after its roles and may hold any word.
            if (policy && (tokens[i].Is("USING") || tokens[i].Is("WITH"))) return;
            bool list = tokens[i].Is("TO") || (!policy && tokens[i].Is("FROM"));
            bool one = !policy && ((tokens[i].Is("ROLE") && tokens[i - 1].Is("FOR")) || tokens[i].Is("AUTHORIZATION"));
            if (!list && !one) continue;
            do
            {
                SqlToken role = tokens[++i];
                if (!role.Is("PUBLIC") && !role.Is("DEFAULT") && !role.Is(";")) roles.Add(role.Text.Trim('\''));
            }
            while (list && i + 2 < tokens.Count && tokens[i + 1].Is(",") && ++i > 0);
        }
    }

    private void CheckVersion()
    {
        int archive = Major(scope.Header.ServerVersion), here = connection.PostgreSqlVersion.Major;
        if (here < archive)
            throw new OpsException("ServerTooOld", OpsErrorCategory.InvalidOperation,
                $"The backup was made of PostgreSQL {scope.Header.ServerVersion}; the server is {connection.PostgreSqlVersion}, which is older.",
                $"Restore into PostgreSQL {archive} or newer.", backup.Id);
    }

    private void CheckSchemaIsThere()
    {
        if (scope.HoldsSchema) return;
        throw new OpsException("SchemaNotInBackup", OpsErrorCategory.ObjectNotFound,
            $"Backup {backup.Id} does not hold the schema {scope.Schema}; it has: {string.Join(", ", scope.Header.Entries.Where(e => e.Description == "SCHEMA").Select(e => e.Tag))}.",
            "Name a tenant that the backup holds, or another backup.", backup.Id);
    }

    /// <summary>
    /// pg_dump lets rows of some partitions go through the root, which would sort them into live partitions when it is not of the schema.
    /// </summary>
    private void CheckRoots(string schema)
    {
        string[] outside = [.. scope.Tables.Select(CopyTarget.Of).Where(t => t.Schema != schema).Select(t => $"{t.Source.Schema}.{t.Source.Table} (of {t.Schema}.{t.Table})").Distinct()];
        if (outside.Length > 0)
            throw new OpsException("PartitionRootOutside", OpsErrorCategory.InvalidOperation,
                $"Partitions in the schema {schema} belong to partitioned tables outside it, through which their rows would be loaded into the live data: {string.Join(", ", outside)}.",
                "Restore the whole database instead, for example beside the live one with -As.", backup.Id);
    }

    /// <summary>Tablespaces and ways to store tables belong to the server, and a backup does not hold them.</summary>
    private async Task CheckPlacesAsync(CancellationToken ct)
    {
        if (scope.NoTablespaces) return;
        string[] spaces = [.. TablespacesOf(scope)];
        List<string> missing = await connection.NamesAsync(
            "SELECT w::text FROM pg_catalog.unnest($1::text[]) w WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_tablespace s WHERE s.spcname = w)", ct, (object)spaces).ConfigureAwait(false);
        if (missing.Count > 0)
            throw new OpsException("TablespacesMissing", OpsErrorCategory.ObjectNotFound,
                $"The backup's objects lie in tablespaces that the server does not have: {string.Join(", ", missing)}.",
                $"Create them first (CREATE TABLESPACE {SqlName.Quote(missing[0])} LOCATION '...'), or put everything into the default one with -NoTablespaces.", backup.Id);
        List<string> denied = await connection.NamesAsync(
            "SELECT w::text FROM pg_catalog.unnest($1::text[]) w WHERE NOT pg_catalog.has_tablespace_privilege(w, 'CREATE') AND w NOT IN (SELECT s.spcname FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace s ON s.oid = d.dattablespace WHERE d.datname = $2)",
            ct, spaces, server.Settings.Database).ConfigureAwait(false);
        if (denied.Count > 0)
            throw Denied($"The role {server.Settings.User} may not create objects in the tablespaces {string.Join(", ", denied)}.",
                $"Run GRANT CREATE ON TABLESPACE {string.Join(", ", denied.Select(SqlName.Quote))} TO {SqlName.Quote(server.Settings.User)}, or put everything into the default one with -NoTablespaces.");
        await CheckAccessMethodsAsync(ct).ConfigureAwait(false);
    }

    private async Task CheckAccessMethodsAsync(CancellationToken ct)
    {
        // A whole backup makes its own, or an extension in it does.
        if (scope.Schema is null && scope.Entries.Any(e => e.Description == "EXTENSION")) return;
        string[] wanted = [.. scope.Entries.Select(e => e.AccessMethod).OfType<string>().Except(scope.Schema is null ? scope.Entries.Where(e => e.Description == "ACCESS METHOD").Select(e => e.Tag) : []).Distinct()];
        List<string> missing = await connection.NamesAsync(
            "SELECT w::text FROM pg_catalog.unnest($1::text[]) w WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_am m WHERE m.amname = w AND m.amtype = 't')", ct, (object)wanted).ConfigureAwait(false);
        if (missing.Count > 0)
            throw new OpsException("AccessMethodsMissing", OpsErrorCategory.ObjectNotFound,
                $"The backup's tables are stored by access methods that the {(scope.Schema is null ? "server" : "database")} does not have: {string.Join(", ", missing)}.",
                "Install them first, or store everything in the server's own way with -NoTablespaces.", backup.Id);
    }

    /// <summary>Tablespaces that the archive names.</summary>
    public static IReadOnlyList<string> TablespacesOf(ArchiveScope scope)
    {
        var names = new SortedSet<string>(scope.Entries.Select(e => e.Tablespace).OfType<string>(), StringComparer.Ordinal);
        if (scope.Schema is not null || scope.Entries.FirstOrDefault(e => e.Description == "DATABASE") is not { } database) return [.. names];
        List<SqlToken> tokens = SqlTokens.Read(database.Definition);
        if (tokens.FindIndex(t => t.Is("TABLESPACE")) is var at and >= 0 && at + 2 < tokens.Count) names.Add(tokens[at + 2].Text);
        return [.. names];
    }

    /// <summary>
    /// Those of the extensions that the server has. The view of all fails as a whole when one that nobody wants is installed by halves; then each is asked for.
    /// </summary>
    private async Task<List<string>> AvailableAsync(string[] wanted, CancellationToken ct)
    {
        if (wanted.Length == 0) return [];
        try { return await connection.NamesAsync("SELECT name::text FROM pg_catalog.pg_available_extensions", ct).ConfigureAwait(false); }
        catch (PostgresException e) when (IsOfAnother(e)) { }
        var found = new List<string>();
        foreach (string name in wanted)
        {
            try
            {
                await connection.ExecuteAsync("SELECT FROM pg_catalog.pg_extension_update_paths($1)", ct, name).ConfigureAwait(false);
                found.Add(name);
            }
            catch (PostgresException e) when (IsOfAnother(e)) { /* it is not there, or not whole */ }
        }
        return found;
    }

    private async Task CheckMayCreateExtensionsAsync(string[] wanted, CancellationToken ct)
    {
        string trusted = connection.PostgreSqlVersion.Major >= 13 ? "AND NOT v.trusted" : "";
        List<string> denied;
        try
        {
            denied = await connection.NamesAsync($"""
                SELECT DISTINCT a.name::text FROM pg_catalog.pg_available_extensions a JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
                WHERE a.name = ANY($1) AND a.name <> 'plpgsql' AND v.superuser {trusted} AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
                """, ct, (object)wanted).ConfigureAwait(false);
        }
        catch (PostgresException e) when (IsOfAnother(e)) { return; }
        if (denied.Count > 0)
            throw Denied($"The role {server.Settings.User} may not create the extensions {string.Join(", ", denied)}, which only a superuser may.", "Use a role that is superuser for this restore.");
    }

    private static bool IsOfAnother(PostgresException e) => e.SqlState is PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.UndefinedFile;

    private async Task CheckRolesAsync(CancellationToken ct)
    {
        string[] wanted = [.. RolesOf(scope)];
        List<string> missing = await connection.NamesAsync(
            "SELECT w::text FROM pg_catalog.unnest($1::text[]) w WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = w)", ct, (object)wanted).ConfigureAwait(false);
        if (missing.Count > 0)
            throw new OpsException("RolesMissing", OpsErrorCategory.ObjectNotFound,
                $"The backup's objects belong or are granted to roles that the server does not have: {string.Join(", ", missing)}.",
                (backup.ClusterGlobals is null ? "" : "Have them made as they were with -CreateMissing, or ")
                + $"create them first: {string.Join(" ", missing.Select(r => $"CREATE ROLE {SqlName.Quote(r)};"))}", backup.Id);
        string[] owners = [.. scope.Entries.Select(e => e.Owner).OfType<string>().Distinct()];
        List<string> foreign = await connection.NamesAsync("SELECT w::text FROM pg_catalog.unnest($1::text[]) w WHERE NOT pg_catalog.pg_has_role(w, 'MEMBER')", ct, (object)owners)
            .ConfigureAwait(false);
        if (foreign.Count > 0)
            throw Denied($"The role {server.Settings.User} cannot give objects to their owners, because it is no member of: {string.Join(", ", foreign)}.",
                $"Run GRANT {string.Join(", ", foreign.Select(SqlName.Quote))} TO {SqlName.Quote(server.Settings.User)}, or use another role.");
    }

    /// <summary>
    /// The server reads the files of all extensions that it could have, and fails for a single one that leads nowhere, as a package that was
    /// half removed leaves it: then nothing can be said beforehand of those that are wanted.
    /// </summary>
    private async Task CheckInstalledExtensionsAsync(CancellationToken ct)
    {
        List<string> installed = await connection.NamesAsync("SELECT extname::text FROM pg_catalog.pg_extension", ct).ConfigureAwait(false);
        RefuseExtensions(backup.Extensions.Except(installed), $"are not installed in the database {server.Settings.Database}", "Run CREATE EXTENSION for each in that database");
    }

    private void RefuseExtensions(IEnumerable<string> missing, string state, string action)
    {
        string[] names = [.. missing];
        if (names.Length > 0)
            throw new OpsException("ExtensionsMissing", OpsErrorCategory.ObjectNotFound, $"Extensions that the backup needs {state}: {string.Join(", ", names)}.", action + ", then run the command again.", backup.Id);
    }

    private async Task CheckPrivilegesAsync(string schema, CancellationToken ct)
    {
        if (!await connection.ScalarAsync<bool>("SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')", ct).ConfigureAwait(false))
            throw Denied($"The role {server.Settings.User} may not create schemas in the database {server.Settings.Database}.", "Grant it CREATE on the database.");
        List<string> foreign = await connection.NamesAsync("""
            SELECT pg_catalog.pg_get_userbyid(n.nspowner)::text FROM pg_catalog.pg_namespace n WHERE n.nspname = $1 AND NOT pg_catalog.pg_has_role(n.nspowner, 'USAGE')
            UNION SELECT pg_catalog.pg_get_userbyid(c.relowner)::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'm', 'f') AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
            """, ct, schema).ConfigureAwait(false);
        if (foreign.Count > 0)
            throw Denied($"The role {server.Settings.User} may not rename or lock the live schema {schema}, which belongs to: {string.Join(", ", foreign)}.",
                $"Grant it membership in {string.Join(", ", foreign)}, or use another role.");
    }

    private OpsException Denied(string message, string action) => new("PrivilegeMissing", OpsErrorCategory.PermissionDenied, message, action, server.Settings.Name);

    internal static int Major(string version) => int.TryParse(version.AsSpan(0, version.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : version.Length), out int major) ? major : 0;
}
