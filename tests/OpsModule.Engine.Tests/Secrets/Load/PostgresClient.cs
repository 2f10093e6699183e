using Npgsql;

namespace OpsModule.Engine.Tests.Secrets.Load;

/// <summary>A client of PostgreSQL that logs in, asks for one thing, and goes.</summary>
public static class PostgresClient
{
    /// <summary>Logs in whenever it is asked: null when it was let in, the SQLSTATE when it was refused.</summary>
    public static Func<Credential, Task<string?>> At(string host, int port, string database) => c => LogInAsync(host, port, database, c);

    private static async Task<string?> LogInAsync(string host, int port, string database, Credential credential)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
            {
                Host = host, Port = port, Database = database, Username = credential.Login, Password = credential.Value, Pooling = false,
                Timeout = 15,
            }.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await command.ExecuteScalarAsync();
            return null;
        }
        catch (NpgsqlException e) { return (e as PostgresException)?.SqlState ?? e.Message; }
    }
}
