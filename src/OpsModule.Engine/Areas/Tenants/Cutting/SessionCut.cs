using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>Sessions of a database. They are ended; nothing brings them back but their owners.</summary>
internal sealed class SessionCut(OpsContext context, TenantSessions sessions, int number) : ITenantCut
{
    private const int MostRounds = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public string Step => $"sessions-{number}";

    public bool IsLifted => false;

    public string WordsFor(string tenant) => $"end sessions of {WhoseFor(tenant)}";

    public string WhatFor(string tenant) => sessions.ToString();

    public async Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, sessions.Database, cancellationToken, strong: true)
            .ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        return new CutLook(new Dictionary<string, string>(),
            await DatabaseIdentities.OfDatabaseAsync(connection, connection.Database, cancellationToken).ConfigureAwait(false), []);
    }

    public async Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, sessions.Database, cancellationToken, strong: true)
            .ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        string of = sessions.User is null ? "a.application_name" : "a.usename";
        string who = TenantName.In(sessions.User ?? sessions.Application!, tenant);
        int left = 0, quiet = 0;
        for (int round = 0; round < MostRounds && quiet < 2; round++)
        {
            if (round > 0) await Task.Delay(Pause, context.Time, cancellationToken).ConfigureAwait(false);
            try
            {
                // The process and its number are looked at in one statement: a number is given anew.
                left = (await connection.ListAsync($"SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a WHERE {of} "
                    + "= $1 AND a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend' AND a.pid <> "
                    + "pg_catalog.pg_backend_pid()", r => r.GetBoolean(0), cancellationToken, who).ConfigureAwait(false)).Count;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                throw TenantErrors.TenantSessionsRefused.Make($"Sessions of {WhoseFor(tenant)} cannot be ended: {e.MessageText}.",
                    $"Grant pg_signal_backend to the login, or give databases.{sessions.Database} a restoreUser that may.", tenant, e);
            }
            // A pool comes again a moment after it was ended.
            quiet = left == 0 ? quiet + 1 : 0;
        }
        if (quiet < 2) context.Reporter.Warning($"Sessions of {WhoseFor(tenant)} come again as often as they are ended ({left} the last time).");
    }

    public Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    private string WhoseFor(string tenant) => TenantName.In(sessions.ToString(), tenant);
}
