using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Asking;

/// <summary>Ends sessions of a database, until none comes again.</summary>
internal static class DatabaseSessions
{
    private const int MostRounds = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Ends them.</summary>
    /// <param name="run">The change.</param>
    /// <param name="database">The database, by its name in the environment file.</param>
    /// <param name="user">Of this login; null where the other one tells.</param>
    /// <param name="application">That call themselves so (application_name).</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>How many had come again when it was given up; 0 where none did.</returns>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantSessionsRefused</c>.</exception>
    public static async Task<int> EndAsync(ChangeRun run, string database, string? user, string? application, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(run);
        string who = user ?? application ?? throw new ArgumentNullException(nameof(application));
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(run.Context, database, ct, strong: true).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        int left = 0, quiet = 0;
        for (int round = 0; round < MostRounds && quiet < 2; round++)
        {
            if (round > 0) await Task.Delay(Pause, run.Context.Time, ct).ConfigureAwait(false);
            try
            {
                // The process and whose it is are looked at in one statement: a number is given anew. A server keeps 63 bytes of a name.
                // Of sessions of others a login without pg_read_all_stats sees whose they are, and not what kind: to ask for the kind alone
                // would find none, and nothing would have been refused either.
                left = (await connection.ListAsync("SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a WHERE "
                    + $"{(user is null ? "a.application_name" : "a.usename")}::text = $1::text::name::text AND "
                    + "a.datname = pg_catalog.current_database() AND "
                    + "(a.backend_type IS NULL OR a.backend_type = 'client backend') AND a.pid <> pg_catalog.pg_backend_pid()",
                    r => r.GetBoolean(0), ct, who).ConfigureAwait(false)).Count;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                throw TenantErrors.TenantSessionsRefused.Make($"Sessions of {who} at database {database} cannot be ended: {e.MessageText}.",
                    $"Grant pg_signal_backend to the login, or give databases.{database} a restoreUser that may.", who, e);
            }
            // A pool comes again a moment after it was ended.
            quiet = left == 0 ? quiet + 1 : 0;
        }
        return quiet < 2 ? Math.Max(left, 1) : 0;
    }
}
