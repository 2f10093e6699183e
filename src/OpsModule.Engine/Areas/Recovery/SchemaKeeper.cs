using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Keeps schemas.</summary>
internal sealed class SchemaKeeper : IKeeper
{
    private readonly OpsContext _context;
    private readonly PostgresServer _server;

    private SchemaKeeper(OpsContext context, PostgresServer server, NpgsqlConnection connection)
    {
        (_context, _server) = (context, server);
        Connection = connection;
    }

    public NpgsqlConnection Connection { get; }

    public static async Task<SchemaKeeper> OpenAsync(OpsContext context, PostgresServer server, string tenant, CancellationToken ct)
    {
        NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        try
        {
            await ServerLock.TakeSchemaAsync(connection, TenantSchemas.SchemaOf(server.Settings, tenant), ct).ConfigureAwait(false);
            return new SchemaKeeper(context, server, connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task<List<Kept>> ListAsync(CancellationToken ct) => RestoreCatalog.NotesAsync(_context, _server, Connection, ct);

    public Task DropAsync(string name, CancellationToken ct) => SchemaDrop.RunAsync(Connection, name, ct);

    public Task<RestoreRecord> SwitchAsync(SwitchOrder order, CancellationToken ct) => new TenantSwitch(_context, Connection).RunAsync(order, ct);

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
