using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Globals;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Copies what ALTER DATABASE ... SET and ALTER ROLE ... IN DATABASE ... SET have stored. Every role writes what it likes into its own
/// settings, so no value gets into a statement but as a literal or a parameter.
/// </summary>
internal static class StoredSettings
{
    /// <summary>
    /// The values of these are lists, stored as they are to be read again: as one literal they would become a list of one item. Taken over
    /// from the session they stay what they are, to the letter.
    /// </summary>
    private static readonly HashSet<string> Lists = new(StringComparer.OrdinalIgnoreCase) { "search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries" };

    private const string Stored = """
        SELECT r.rolname::text, c FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c WHERE d.datname = $1
        """;

    /// <summary>Gives a database the settings of another one.</summary>
    public static async Task CopyAsync(NpgsqlConnection connection, string from, string to, CancellationToken ct)
    {
        foreach ((string? role, string setting) in await connection.ListAsync(Stored, r => (r.Text(0), r.GetString(1)), ct, from).ConfigureAwait(false))
        {
            int equals = setting.IndexOf('=');
            (string name, string value) = (setting[..equals], setting[(equals + 1)..]);
            string change = (role is null ? $"ALTER DATABASE {SqlName.Quote(to)}" : $"ALTER ROLE {SqlName.Quote(role)} IN DATABASE {SqlName.Quote(to)}")
                + $" SET {string.Join('.', name.Split('.').Select(SqlName.Quote))}";
            if (!Lists.Contains(name) || !await TryTakeOverAsync(connection, name, value, change, ct).ConfigureAwait(false))
                await connection.ExecuteAsync($"{change} TO {(Lists.Contains(name) ? string.Join(", ", Items(value).Select(SqlName.Literal)) : SqlName.Literal(value))}", ct).ConfigureAwait(false);
        }
    }

    /// <summary>False when a session cannot have the value, for example a tablespace that is gone.</summary>
    private static async Task<bool> TryTakeOverAsync(NpgsqlConnection connection, string name, string value, string change, CancellationToken ct)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        try
        {
            await connection.ExecuteAsync("SELECT pg_catalog.set_config($1, $2, true)", ct, name, value).ConfigureAwait(false);
            // No operator is looked up in between: the search_path may be a stranger's until the transaction ends.
            await connection.ExecuteAsync(change + " FROM CURRENT", ct).ConfigureAwait(false);
            await transaction.CommitAsync(ct).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException) { return false; }
    }

    /// <summary>The items of a list as PostgreSQL reads it: between commas, as they are or in double quotes.</summary>
    internal static IReadOnlyList<string> Items(string list) => SettingList.Items(list);
}
