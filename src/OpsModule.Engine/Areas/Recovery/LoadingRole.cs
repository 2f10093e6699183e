using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>The role that a restore logs in as to load rows: code in the backup runs with its rights.</summary>
/// <param name="Name">The role.</param>
/// <param name="IsSuper">Whether it is a superuser, or can become one.</param>
internal sealed record LoadingRole(string Name, bool IsSuper)
{
    private const int Named = 5;

    /// <summary>It, as a plan's figure says it.</summary>
    public string Words => IsSuper ? $"{Name}, a superuser" : Name;

    /// <summary>Logs in as it and looks.</summary>
    /// <param name="server">The server, in a database that the role may connect to.</param>
    /// <param name="database">Another database of it.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="OpsException"><c>DatabaseLoginRefused</c>, which says that the login is that of <c>restoreUser</c>.</exception>
    public static async Task<LoadingRole> LookAsync(PostgresServer server, string? database, CancellationToken ct)
    {
        await using NpgsqlConnection session = await OpenAsync(server, database, ct).ConfigureAwait(false);
        return await OfAsync(server, session, ct).ConfigureAwait(false);
    }

    /// <summary>Looks whether it may do what a restore wants of it, and warns of what would run with its rights.</summary>
    /// <param name="server">The server.</param>
    /// <param name="own">A session of the environment's own role, in a database that the other may connect to, too.</param>
    /// <param name="preflight">What else the restore needs.</param>
    /// <param name="scope">What is restored.</param>
    /// <param name="reporter">Is told.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="OpsException"><c>DatabaseLoginRefused</c>, <c>PrivilegeMissing</c>.</exception>
    public static async Task<LoadingRole> CheckAsync(PostgresServer server, NpgsqlConnection own, Preflight preflight, ArchiveScope scope,
        IOpsReporter reporter, CancellationToken ct)
    {
        bool isOther = server.Settings.RestoreUser is not null;
        await using NpgsqlConnection? other = isOther ? await OpenAsync(server, own.Database, ct).ConfigureAwait(false) : null;
        LoadingRole role = await OfAsync(server, other ?? own, ct).ConfigureAwait(false);
        if (other is not null) await preflight.CheckLoadingRoleAsync(other, scope.Schema, ct).ConfigureAwait(false);
        // A whole archive holds all that its rows call.
        NpgsqlConnection? outside = scope.Schema is null ? null : own;
        if (role.IsSuper) role.Warn(server, await RowCode.FindAsync(scope, outside, ct).ConfigureAwait(false), reporter);
        return role;
    }

    private static async Task<NpgsqlConnection> OpenAsync(PostgresServer server, string? database, CancellationToken ct)
    {
        try { return await server.ForRestoring().ConnectAsync(ct, database).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "DatabaseLoginRefused" && server.Settings.RestoreUser is not null)
        {
            throw new OpsException(e.ErrorId, e.Category, e.Message,
                $"Check databases.{server.Settings.Name}.restoreUser.user and .password.", e.Target, e);
        }
    }

    private static async Task<LoadingRole> OfAsync(PostgresServer server, NpgsqlConnection session, CancellationToken ct) =>
        new(server.ForRestoring().Settings.User, await session.ScalarAsync<bool>("""
            SELECT pg_catalog.bool_or(r.rolsuper) FROM pg_catalog.pg_roles r WHERE r.rolname = session_user
                OR (r.rolsuper AND pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER'))
            """, ct).ConfigureAwait(false));

    /// <summary>Warns of functions of the backup that would run with a superuser's rights.</summary>
    /// <param name="server">The server.</param>
    /// <param name="code">The tables and domains whose rows call functions of the backup.</param>
    /// <param name="reporter">Is told.</param>
    private void Warn(PostgresServer server, IReadOnlyList<string> code, IOpsReporter reporter)
    {
        if (code.Count == 0) return;
        string more = code.Count > Named ? $" and {code.Count - Named} more" : "";
        string remedy = server.Settings.RestoreUser is null ? "Name a role without such rights in" : "It protects from nothing; name another role in";
        reporter.Warning($"Rows are loaded as {Words}, and for {string.Join(", ", code.Take(Named))}{more} the server calls functions that users of the "
            + $"database have made: who can change those can become superuser by this restore. {remedy} databases.{server.Settings.Name}.restoreUser.");
    }
}
