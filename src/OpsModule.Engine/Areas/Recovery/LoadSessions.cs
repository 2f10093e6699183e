using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Logins;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>The sessions of one worker that loads rows: of the role for the archive's tables, and of the one for those of extensions.</summary>
/// <param name="tables">The server as rows are loaded.</param>
/// <param name="extensions">The server as extensions were made; the same where nobody says otherwise.</param>
/// <param name="database">The database; null for the server's own.</param>
internal sealed class LoadSessions(PostgresServer tables, PostgresServer extensions, string? database) : IAsyncDisposable
{
    private readonly Dictionary<PostgresServer, NpgsqlConnection> _open = [];

    /// <summary>The session for a table; it is opened once.</summary>
    /// <param name="isMadeByArchive">Whether the archive makes the table.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<NpgsqlConnection> OpenAsync(bool isMadeByArchive, CancellationToken ct)
    {
        PostgresServer role = isMadeByArchive ? tables : extensions;
        if (_open.TryGetValue(role, out NpgsqlConnection? known)) return known;
        NpgsqlConnection connection;
        try { connection = await role.ConnectAsync(ct, database).ConfigureAwait(false); }
        catch (OpsException e) when (_open.Count > 0 && ConnectionRoom.IsFull(e))
        {
            // Where there is no room for both, they take turns.
            await CloseAsync().ConfigureAwait(false);
            connection = await role.ConnectAsync(ct, database).ConfigureAwait(false);
        }
        _open[role] = connection;
        await CopySettings.ApplyAsync(connection, ct).ConfigureAwait(false);
        return connection;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private async Task CloseAsync()
    {
        foreach (NpgsqlConnection connection in _open.Values) await connection.DisposeAsync().ConfigureAwait(false);
        _open.Clear();
    }
}
