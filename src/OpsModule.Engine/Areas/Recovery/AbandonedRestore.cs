using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Takes away what a restore has built that failed or was cancelled. When that fails, too, or takes too long, the change is to stay
/// unfinished, so that Undo-OpsChange can do it later.
/// </summary>
internal sealed class AbandonedRestore(OpsContext context, PostgresServer server, string changeId, RestoreKind kind)
{
    /// <summary>How long it may take: somebody waits, with Ctrl+C pressed already.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What sessions of this change are called.</summary>
    public static string SessionName(string id) => "OpsModule " + id;

    /// <summary>Removes it.</summary>
    /// <param name="stage">The staging schema or database.</param>
    /// <param name="isBuilt">Whether it was complete: where it is gone, it has been switched in.</param>
    /// <param name="advice">The command that removes it later.</param>
    /// <returns>False when it is still there, which is told, and when it has been switched in.</returns>
    public async Task<bool> RemoveAsync(string stage, bool isBuilt, string advice)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(patience.Token, kind == RestoreKind.Schema ? null : server.Settings.MaintenanceDatabase).ConfigureAwait(false);
            List<Kept> kept = await RestoreCatalog.KeptAsync(kind, context, server, connection, patience.Token).ConfigureAwait(false);
            if (isBuilt && !kept.Exists(k => k.Name == stage)) return false;
            if (kept.Exists(k => k.Note is { State: RestoreState.Replaced } n && n.Id == changeId)) return false;
            await EndSessionsAsync(connection, patience.Token).ConfigureAwait(false);
            if (kind == RestoreKind.Schema) await SchemaDrop.RunAsync(connection, stage, patience.Token).ConfigureAwait(false);
            else await DatabaseKeeper.DropAsync(server, connection, stage, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OpsException or NpgsqlException or OperationCanceledException)
        {
            string why = e is OperationCanceledException ? $"it took more than {Patience.TotalSeconds:0} s" : e.Message.TrimEnd('.');
            context.Reporter.Warning($"The staging {kind.ToString().ToLowerInvariant()} {stage} could not be removed ({why}). "
                + $"Get-OpsRestore lists it; remove it with: {advice}");
            return false;
        }
        return true;
    }

    /// <summary>A program that was killed leaves its session at work until the server notices; the removal must not wait for that.</summary>
    private async Task EndSessionsAsync(NpgsqlConnection connection, CancellationToken ct) => await connection.ExecuteAsync(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE application_name = $1 AND pid <> pg_catalog.pg_backend_pid()",
        ct, SessionName(changeId)).ConfigureAwait(false);
}
