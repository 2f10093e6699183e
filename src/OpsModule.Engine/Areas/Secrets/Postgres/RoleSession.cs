using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>
/// A session that may change the passwords of certain roles: of the database's own user where that may, else of its restoreUser. It acts as
/// the role that logged in, whatever <c>SET role</c> the server has for it.
/// </summary>
internal static class RoleSession
{
    private const string Refused = "DatabaseLoginRefused";

    private const string MayAlter = """
        SELECT coalesce(pg_catalog.bool_and(m.rolsuper OR r.oid = m.oid OR (m.rolcreaterole AND NOT r.rolsuper
            AND (NOT r.rolreplication OR ($2 >= 16 AND m.rolreplication))
            AND ($2 < 16 OR pg_catalog.pg_has_role(m.oid, r.oid, 'MEMBER WITH ADMIN OPTION')))), true)
        FROM pg_catalog.pg_roles m, pg_catalog.pg_roles r WHERE m.rolname = current_user AND r.rolname = ANY($1)
        """;

    /// <summary>Opens one.</summary>
    /// <param name="context">The environment.</param>
    /// <param name="database">The database, by its name in the environment file.</param>
    /// <param name="roles">Whose passwords; those that do not exist are left to the caller.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="superuser">True when a superuser alone will do.</param>
    /// <param name="known">Passwords of these roles that may have become valid meanwhile, where one of them is who logs in; that of the
    /// environment file is tried first.</param>
    /// <exception cref="OpsException"><c>SecretLoginForbidden</c>, <c>SecretServerInRecovery</c>, and why nobody got in.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(OpsContext context, string? database, IReadOnlyList<string> roles,
        CancellationToken ct,
        bool superuser = false, IReadOnlyList<SecretMaterial?>? known = null)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, database, ct).ConfigureAwait(false);
        OpsException? refused = null;
        foreach (PostgresServer one in server.Settings.RestoreUser is null ? [server] : new[] { server, server.ForRestoring() })
        {
            NpgsqlConnection connection;
            try { connection = await ConnectAsync(one, roles, known ?? [], ct).ConfigureAwait(false); }
            catch (OpsException e) when (one != server || server.Settings.RestoreUser is not null)
            {
                refused ??= e;
                continue;
            }
            if (await MayAsync(connection, roles, superuser, ct).ConfigureAwait(false)) return connection;
            refused = superuser ? NoSuperuser(server.Settings, one.Settings.User) : Forbidden(server.Settings, one.Settings.User, roles);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        throw refused!;
    }

    private static async Task<NpgsqlConnection> ConnectAsync(PostgresServer server, IReadOnlyList<string> roles,
        IReadOnlyList<SecretMaterial?> known, CancellationToken ct)
    {
        string user = server.Settings.User;
        try { return await server.ConnectAsync(ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == Refused && roles.Contains(user))
        {
            foreach (SecretMaterial material in known.OfType<SecretMaterial>()
                .Where(m => m.Login == user || (m.Login is null && roles.Count == 1)))
            {
                PostgresServer other = server.WithPassword(SecretReference.Literal(material.Value));
                try { return await other.ConnectAsync(ct).ConfigureAwait(false); }
                catch (OpsException still) when (still.ErrorId == Refused) { /* the next one */ }
            }
            throw;
        }
    }

    /// <summary>Whether the session acts as somebody who may change these passwords.</summary>
    private static async Task<bool> MayAsync(NpgsqlConnection connection, IReadOnlyList<string> roles, bool superuser, CancellationToken ct)
    {
        try
        {
            // A login that acts as the owner of what it makes may not change its own password as that.
            await connection.ExecuteAsync("SET SESSION ROLE NONE", ct).ConfigureAwait(false);
            if (await connection.ScalarAsync<bool>("SELECT pg_catalog.pg_is_in_recovery()", ct).ConfigureAwait(false))
                throw PostgresSecretErrors.ServerInRecovery.Make(
                    "The server is in recovery (a standby, or a restore that goes on), and takes no new password.",
                    "Name the primary under databases:, or wait until the recovery has ended.", connection.Database);
            if (superuser) return await StatementTraces.IsSuperuserAsync(connection, ct).ConfigureAwait(false);
            return await connection.ScalarAsync<bool>(MayAlter, ct, (object)roles.ToArray(), connection.PostgreSqlVersion.Major)
                .ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static OpsException NoSuperuser(PostgresOptions settings, string user) => PostgresSecretErrors.LoginForbidden.Make(
        $"{user} is no superuser, and only one may read what the server keeps of a password, which both logins go on with.",
        $"Give databases.{settings.Name} a restoreUser that is one.", settings.Name);

    private static OpsException Forbidden(PostgresOptions settings, string user, IReadOnlyList<string> roles) =>
        PostgresSecretErrors.LoginForbidden.Make(
        $"{user} may not change the password of {string.Join(" and ", roles)}: "
        + "it is neither a superuser nor a role with CREATEROLE that may.",
        $"Give databases.{settings.Name} a user or a restoreUser with CREATEROLE "
        + "(from PostgreSQL 16 on also ADMIN OPTION on the role), best a superuser, "
        + "who alone can do it without a trace in the server's log.", settings.Name);
}
