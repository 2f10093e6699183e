using Npgsql;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// The settings that decide how values look in COPY's text form. A dump and every later reading must use the same ones, else equal
/// rows would have different digests. The list is pg_dump's own, and what pg_dump leaves to the server.
/// </summary>
public static class CopySettings
{
    /// <summary>What pg_dump is given beside its own settings.</summary>
    public const string DumpOptions = "-c bytea_output=hex -c lc_monetary=C -c timezone=UTC -c xmlbinary=base64";

    /// <summary>Prepares a connection for reading or writing rows as pg_dump does.</summary>
    public static async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string sql = """
            SET bytea_output = hex; SET lc_monetary = 'C'; SET timezone = 'UTC'; SET xmlbinary = base64;
            SET DateStyle = ISO; SET IntervalStyle = postgres; SET extra_float_digits = 3; SET synchronize_seqscans = off;
            SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
            SET row_security = off; SET array_nulls = on; SET xmloption = content; SET search_path = '';
            """;
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
