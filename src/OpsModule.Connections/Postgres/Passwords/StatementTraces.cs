using Npgsql;
using NpgsqlTypes;

namespace OpsModule.Connections.Postgres.Passwords;

/// <summary>Where a server keeps what is asked of it: its log, its statistics of statements, an audit. A superuser can ask without a
/// trace.</summary>
public static class StatementTraces
{
    // A transaction is drawn for the log when it begins, so its rate is of the session and not of the transaction.
    private static readonly (string Name, string Value)[] Silent =
    [
        ("log_transaction_sample_rate", "0"), ("log_statement", "none"), ("log_min_duration_statement", "-1"),
        ("log_min_duration_sample", "-1"), ("log_min_error_statement", "panic"), ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"), ("debug_print_parse", "off"), ("debug_print_rewritten", "off"),
        ("debug_print_plan", "off"), ("pg_stat_statements.track", "none"),
        ("pgaudit.log", "none"), ("auto_explain.log_min_duration", "-1"),
    ];

    // What shows a parameter of a statement, or a statement inside of another one.
    private static readonly (string Name, Func<string, bool> Shows, string Words)[] Loud =
    [
        ("log_statement", v => v == "all", "the server's log (log_statement = all)"),
        ("log_min_duration_statement", v => v is not "-1", "the server's log when it takes long (log_min_duration_statement)"),
        ("log_min_duration_sample", v => v is not "-1", "the server's log when it takes long (log_min_duration_sample)"),
        ("log_transaction_sample_rate", v => v is not "0", "the server's log now and then (log_transaction_sample_rate)"),
        ("pg_stat_statements.track", v => v == "all", "the statistics of statements (pg_stat_statements.track = all)"),
        ("pgaudit.log", v => v is not ("none" or ""), "the audit log (pgaudit.log)"),
        ("auto_explain.log_min_duration", v => v is not "-1", "the server's log (auto_explain)"),
    ];

    /// <summary>Has the server keep nothing of what this session asks, until it ends. False when it may not: only a superuser
    /// may.</summary>
    public static async Task<bool> SilenceAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (!await IsSuperuserAsync(connection, ct).ConfigureAwait(false)) return false;
        await SetAsync(connection, isLocal: false, ct).ConfigureAwait(false);
        return true;
    }

    /// <summary>The same until the end of the transaction that is open. A transaction drawn for the log before is in it.</summary>
    public static Task SilenceTransactionAsync(NpgsqlConnection connection, CancellationToken ct) => SetAsync(connection, isLocal: true,
        ct);

    /// <summary>Where a verifier is seen that somebody sets who is no superuser; empty when nothing keeps it.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var found = new List<string>();
        foreach ((string name, Func<string, bool> shows, string words) in Loud)
            if (await connection.ScalarAsync<string>("SELECT pg_catalog.current_setting($1, true)", ct, name)
                .ConfigureAwait(false) is { } value
                && shows(value)) found.Add(words);
        return found;
    }

    /// <summary>Whether the session acts as a superuser.</summary>
    public static Task<bool> IsSuperuserAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ScalarAsync<bool>("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", ct);

    private static async Task SetAsync(NpgsqlConnection connection, bool isLocal, CancellationToken ct)
    {
        // What is not loaded, or not known to this version, is left alone: a setting of that name would stay behind and mean nothing.
        string[] names = [.. Silent.Select(s => s.Name)], values = [.. Silent.Select(s => s.Value)];
        await using var command = new NpgsqlCommand("""
            SELECT pg_catalog.set_config(s.name, w.value, $3) FROM pg_catalog.pg_settings s
            JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w(name, value) ON w.name = s.name
            """, connection)
        {
            Parameters =
            {
                new() { Value = names, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }, new() { Value = isLocal },
            },
        };
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }
}
