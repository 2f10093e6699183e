using Npgsql;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Recovery.Missing;

/// <summary>
/// Gives a role what a server keeps of its password, so that it stands in no statement of ours: neither the server's log nor its
/// statistics of
/// statements see more than that a password was set.
/// </summary>
internal static class RoleVerifier
{
    private const string Quiet = "SET LOCAL log_statement = 'none'; SET LOCAL log_min_duration_statement = -1; SET LOCAL "
        + "log_min_error_statement = 'panic'";

    // What goes wrong is raised anew, because the first error would show the statement.
    private const string Setting = """
        DO $ops$ BEGIN
          EXECUTE pg_catalog.format('ALTER ROLE %I PASSWORD %L', pg_catalog.current_setting('ops.role'),
            pg_catalog.current_setting('ops.verifier'));
        EXCEPTION WHEN OTHERS THEN RAISE EXCEPTION USING
          MESSAGE = 'the password of a role could not be set: ' || SQLERRM, ERRCODE = SQLSTATE;
        END $ops$
        """;

    /// <summary>Sets it, in an open transaction.</summary>
    public static async Task SetAsync(NpgsqlConnection connection, string role, string verifier, bool isSuperuser, CancellationToken ct)
    {
        if (isSuperuser) await connection.ExecuteAsync(Quiet, ct).ConfigureAwait(false);
        await connection.ExecuteAsync("SELECT pg_catalog.set_config('ops.role', $1, true), pg_catalog.set_config('ops.verifier', $2, "
            + "true)", ct, role, verifier).ConfigureAwait(false);
        await connection.ExecuteAsync(Setting, ct).ConfigureAwait(false);
        await connection.ExecuteAsync("SELECT pg_catalog.set_config('ops.verifier', '', true)", ct).ConfigureAwait(false);
    }
}
