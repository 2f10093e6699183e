using Npgsql;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Postgres;

/// <summary>One PostgreSQL database of the environment: how to connect, and how to run the server's own tools where it lives.</summary>
public sealed class PostgresServer
{
    /// <summary>The settings it was made from.</summary>
    public DatabaseSettings Settings { get; }

    private PostgresServer(DatabaseSettings settings) => Settings = settings;

    /// <summary>Finds the database of this name (null when the environment has just one) and where it can be reached.</summary>
    /// <exception cref="OpsException"><c>DatabaseUnknown</c>, <c>ServiceNotRunning</c>.</exception>
    public static Task<PostgresServer> ResolveAsync(OpsContext context, string? name, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{context} {name} {cancellationToken}");

    /// <summary>A server reached directly, for example a drill's temporary cluster.</summary>
    public static PostgresServer Direct(DatabaseSettings settings) => new(settings);

    /// <summary>Opens a connection (unpooled), to the database itself or another one of the same server.</summary>
    /// <exception cref="OpsException"><c>DatabaseUnreachable</c>, <c>DatabaseLoginRefused</c>, <c>DatabaseMissing</c>.</exception>
    public Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken, string? database = null) =>
        throw new NotImplementedException(database);

    /// <summary>
    /// A call of pg_dump, pg_restore or psql where the server lives (locally, or inside the service's container), with PGHOST, PGPORT,
    /// PGUSER, PGPASSWORD, PGTZ=UTC and (unless null) PGDATABASE in its environment. pg_restore -f needs no connection but the same tool version.
    /// </summary>
    public ProgramCall Tool(string program, IReadOnlyList<string> arguments, string? database = null) =>
        throw new NotImplementedException($"{program}{arguments}{database}");

    /// <summary>The major version of a tool such as pg_dump where the server lives.</summary>
    public Task<Version> ToolVersionAsync(string program, CancellationToken cancellationToken) => throw new NotImplementedException(program);
}
