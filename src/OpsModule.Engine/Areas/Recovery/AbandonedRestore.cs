using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Takes away what a restore has built that failed or was cancelled. When that fails, too, or takes too long, the change stays unfinished,
/// so that Undo-OpsChange can do it later.
/// </summary>
internal sealed class AbandonedRestore(OpsContext context, PostgresServer server, IJournaledChange change, RestoreRequest request, RestoreKind kind)
{
    /// <summary>What sessions of this change are called.</summary>
    public static string SessionName(string changeId) => "OpsModule " + changeId;

    /// <param name="stage">The staging schema or database.</param>
    /// <param name="tenant">The tenant that was being restored, or null.</param>
    /// <param name="cause">Why it is given up.</param>
    public async Task RemoveAsync(string stage, string? tenant, Exception cause)
    {
        using var patience = new CancellationTokenSource(request.CleanUpPatience);
        try
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(patience.Token, kind == RestoreKind.Schema ? null : server.Settings.MaintenanceDatabase).ConfigureAwait(false);
            if ((await ListAsync(connection, patience.Token).ConfigureAwait(false)).Any(k => k.Note is { State: RestoreState.Replaced } n && n.Id == change.Id)) return;
            await EndSessionsAsync(connection, patience.Token).ConfigureAwait(false);
            if (kind == RestoreKind.Schema) await SchemaDrop.RunAsync(connection, stage, patience.Token).ConfigureAwait(false);
            else await DatabaseKeeper.DropAsync(server, connection, stage, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OpsException or NpgsqlException or OperationCanceledException)
        {
            string why = e is OperationCanceledException ? $"it took more than {request.CleanUpPatience.TotalSeconds:0} s" : e.Message.TrimEnd('.');
            context.Reporter.Warning($"The staging {kind.ToString().ToLowerInvariant()} {stage} could not be removed ({why}). Get-OpsRestore lists it; remove it with: {RestoreAdvice.Undo(request.DatabaseName, tenant)}");
            return;
        }
        OpsException? known = RestoreErrors.Translate(cause, "The restore", null);
        string what = $"database {request.DatabaseName}" + (tenant is null ? "" : $", tenant {tenant}");
        await change.FailAsync(known ?? cause, "Unexpected", $"The restore of {what} was stopped; what it had staged was removed, and the live data is as it was.").ConfigureAwait(false);
    }

    private Task<List<Kept>> ListAsync(NpgsqlConnection connection, CancellationToken ct) => kind == RestoreKind.Schema
        ? RestoreCatalog.NotesAsync(connection, ct)
        : RestoreCatalog.DatabaseNotesAsync(connection, server.Settings.Database, ct);

    /// <summary>A program that was killed leaves its session at work until the server notices; the removal must not wait for that.</summary>
    private async Task EndSessionsAsync(NpgsqlConnection connection, CancellationToken ct) => await connection.ExecuteAsync(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE application_name = $1 AND pid <> pg_catalog.pg_backend_pid()",
        ct, SessionName(change.Id)).ConfigureAwait(false);
}
