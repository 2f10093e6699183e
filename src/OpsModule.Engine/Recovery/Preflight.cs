using Npgsql;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>What must be right before a restore changes anything; it only reads.</summary>
internal sealed class Preflight(PostgresServer server, NpgsqlConnection connection, BackupRecord backup, ArchiveScope scope)
{
    /// <summary>Checks what a tenant's restore needs.</summary>
    public async Task CheckSchemaAsync(string schema, bool liveExists, IOpsReporter reporter, CancellationToken ct)
    {
        CheckVersion();
        CheckSchemaIsThere();
        await CheckRolesAsync(ct).ConfigureAwait(false);
        await CheckInstalledExtensionsAsync(ct).ConfigureAwait(false);
        await CheckPrivilegesAsync(schema, ct).ConfigureAwait(false);
        await CheckDiskAsync(ct).ConfigureAwait(false);
        if (!liveExists) return;
        await OutsideReferences.RefuseAsync(connection, schema, ct).ConfigureAwait(false);
        List<string> publications = await OutsideReferences.PublicationsAsync(connection, schema, ct).ConfigureAwait(false);
        if (publications.Count > 0)
            reporter.Warning($"Publications that name {schema} or tables of it will go on publishing the replaced tables; add the restored ones after the restore: {string.Join(", ", publications)}.");
    }

    /// <summary>Checks what a whole database's restore needs.</summary>
    public async Task CheckDatabaseAsync(CancellationToken ct)
    {
        CheckVersion();
        await CheckRolesAsync(ct).ConfigureAwait(false);
        await CheckAvailableExtensionsAsync([.. backup.Extensions.Concat(scope.Entries.Where(e => e.Description == "EXTENSION").Select(e => e.Tag)).Distinct()], ct).ConfigureAwait(false);
        if (!await connection.ScalarAsync<bool>("SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", ct).ConfigureAwait(false))
            throw Denied($"The role {server.Settings.User} may not create databases.", $"Run ALTER ROLE {SqlName.Quote(server.Settings.User)} CREATEDB, or use another role.");
        await CheckDiskAsync(ct).ConfigureAwait(false);
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
        if (scope.Entries.Any(e => e.Description == "SCHEMA")) return;
        throw new OpsException("SchemaNotInBackup", OpsErrorCategory.ObjectNotFound,
            $"Backup {backup.Id} does not hold the schema {scope.Schema}; it has: {string.Join(", ", scope.Header.Entries.Where(e => e.Description == "SCHEMA").Select(e => e.Tag))}.",
            "Name a tenant that the backup holds, or another backup.", backup.Id);
    }

    private async Task CheckRolesAsync(CancellationToken ct)
    {
        string[] wanted = [.. RolesOf(scope)];
        List<string> missing = await connection.NamesAsync(
            "SELECT w::text FROM pg_catalog.unnest($1::text[]) w WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = w)", ct, (object)wanted).ConfigureAwait(false);
        if (missing.Count > 0)
            throw new OpsException("RolesMissing", OpsErrorCategory.ObjectNotFound,
                $"The backup's objects belong or are granted to roles that the server does not have: {string.Join(", ", missing)}.",
                $"Create them first: {string.Join(" ", missing.Select(r => $"CREATE ROLE {SqlName.Quote(r)};"))}", backup.Id);
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
    private async Task CheckAvailableExtensionsAsync(string[] wanted, CancellationToken ct)
    {
        if (wanted.Length == 0) return;
        try
        {
            List<string> available = await connection.NamesAsync("SELECT name::text FROM pg_catalog.pg_available_extensions", ct).ConfigureAwait(false);
            RefuseExtensions(wanted.Except(available), "are not available on the server", "Install their packages on the server");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.FeatureNotSupported) { /* CREATE EXTENSION will tell */ }
    }

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

    /// <summary>Compares the free space with what the backup needs, where the server's disk can be seen from here.</summary>
    private async Task CheckDiskAsync(CancellationToken ct)
    {
        if (server.ContainerId is not null || server.Settings.Host is not (null or "127.0.0.1" or "localhost" or "::1" or ['/', ..])) return;
        string? folder;
        try { folder = await connection.ScalarAsync<string>("SELECT pg_catalog.current_setting('data_directory')", ct).ConfigureAwait(false); }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege) { return; }
        if (!Directory.Exists(folder)) return;
        long free = new DriveInfo(folder).AvailableFreeSpace, needed = (long)(backup.Tables.Where(t => scope.Schema is null || t.Schema == scope.Schema).Sum(t => t.Bytes) * 1.3);
        if (free < needed)
            throw new OpsException("DiskTooFull", OpsErrorCategory.ResourceUnavailable,
                $"The restore needs about {needed >> 20} MiB beside the live data; the server's disk has {free >> 20} MiB free.",
                "Free space, for example with Get-OpsRestore | Remove-OpsRestore, then run the command again.", folder);
    }

    private OpsException Denied(string message, string action) => new("PrivilegeMissing", OpsErrorCategory.PermissionDenied, message, action, server.Settings.Name);

    internal static int Major(string version) => int.TryParse(version.AsSpan(0, version.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : version.Length), out int major) ? major : 0;
}
