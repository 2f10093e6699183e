using Npgsql;
using OpsModule.Foundations.Changes;

namespace OpsModule.Connections.Postgres.Passwords;

/// <summary>
/// Gives a role what a server keeps of its password, so that it stands in no statement of ours: neither the server's log nor its
/// statistics of
/// statements see more than that a password was set.
/// </summary>
public static class RolePassword
{
    // What goes wrong is raised anew, because the first error would show the statement.
    private const string Setting = """
        DO $ops$ BEGIN
          IF pg_catalog.current_setting('ops.verifier') = '' THEN
            EXECUTE pg_catalog.format('ALTER ROLE %I PASSWORD NULL', pg_catalog.current_setting('ops.role'));
          ELSE
            EXECUTE pg_catalog.format('ALTER ROLE %I PASSWORD %L', pg_catalog.current_setting('ops.role'),
              pg_catalog.current_setting('ops.verifier'));
          END IF;
        EXCEPTION WHEN OTHERS THEN RAISE EXCEPTION USING
          MESSAGE = 'the password of a role could not be set: ' || SQLERRM, ERRCODE = SQLSTATE;
        END $ops$
        """;

    /// <summary>Sets it in an open transaction.</summary>
    /// <param name="scope">The change that it is a step of.</param>
    /// <param name="connection">A session with an open transaction.</param>
    /// <param name="role">Whose.</param>
    /// <param name="verifier">What the server is to keep; null for no password: nobody logs in with one.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task SetAsync(ChangeScope scope, NpgsqlConnection connection, string role, string? verifier, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (await StatementTraces.IsSuperuserAsync(connection, ct).ConfigureAwait(false))
            await StatementTraces.SilenceTransactionAsync(connection, ct).ConfigureAwait(false);
        await connection.ExecuteAsync("SELECT pg_catalog.set_config('ops.role', $1, true), pg_catalog.set_config('ops.verifier', $2, "
            + "true)", ct, role, verifier ?? "").ConfigureAwait(false);
        await connection.ExecuteAsync(Setting, ct).ConfigureAwait(false);
        await connection.ExecuteAsync("SELECT pg_catalog.set_config('ops.verifier', '', true)", ct).ConfigureAwait(false);
    }

    /// <summary>Sets it in a transaction of its own, of which a server that lets us keeps nothing.</summary>
    /// <inheritdoc cref="SetAsync" path="/param"/>
    public static async Task SetAloneAsync(ChangeScope scope, NpgsqlConnection connection, string role, string? verifier,
        CancellationToken ct)
    {
        await StatementTraces.SilenceAsync(connection, ct).ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await SetAsync(scope, connection, role, verifier, ct).ConfigureAwait(false);
        await transaction.CommitAsync(ct).ConfigureAwait(false);
    }

    /// <summary>How often this server hashes passwords.</summary>
    public static async Task<int> IterationsAsync(NpgsqlConnection connection, CancellationToken ct) =>
        // Unknown before version 16, where the answer is NULL.
        int.TryParse(await connection.ScalarAsync<string>("SELECT pg_catalog.current_setting('scram_iterations', true)", ct)
            .ConfigureAwait(false),
            out int iterations) && iterations > 0 ? iterations : ScramVerifier.DefaultIterations;

    /// <summary>What the server keeps of a role's password. A secret.</summary>
    /// <returns>Whether it could be read, and what; null for no password.</returns>
    public static async Task<(bool IsKnown, string? Verifier)> ReadAsync(NpgsqlConnection connection, string role, CancellationToken ct)
    {
        if (!await connection.ScalarAsync<bool>("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')", ct)
            .ConfigureAwait(false))
            return (false, null);
        return (true, await connection.ScalarAsync<string>("SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = $1", ct, role)
            .ConfigureAwait(false));
    }
}
