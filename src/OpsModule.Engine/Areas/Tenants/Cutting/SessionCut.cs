using Npgsql;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>Sessions of a database. They are ended; nothing brings them back but their owners.</summary>
internal sealed class SessionCut(OpsContext context, TenantSessions sessions, int number) : ITenantCut
{
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

    public async Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before,
        CancellationToken cancellationToken)
    {
        string? user = sessions.User is { } u ? TenantName.In(u, tenant) : null;
        string? application = sessions.Application is { } a ? TenantName.In(a, tenant) : null;
        int left = await DatabaseSessions.EndAsync(run, sessions.Database, user, application, cancellationToken).ConfigureAwait(false);
        if (left > 0) context.Reporter.Warning($"Sessions of {WhoseFor(tenant)} come again as often as they are ended ({left} the last "
            + $"time).");
    }

    public Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    private string WhoseFor(string tenant) => TenantName.In(sessions.ToString(), tenant);
}
