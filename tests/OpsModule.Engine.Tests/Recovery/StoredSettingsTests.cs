using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Settings that roles and databases have stored come along to the letter, and none of them becomes a statement.</summary>
[Collection(PostgresTenants.Name)]
public sealed class StoredSettingsTests(PostgresFixture postgres)
{
    private static readonly string[] Nasty =
    [
        "public;alter/**/role/**/ROLE/**/superuser;--", "a', 'b", "\"$user\", public", "Mixed, \"Mixed\", \"wi\"\"th, both\"", "x\\'; ALTER ROLE \"ROLE\" SUPERUSER; --",
        "$$; alter role ROLE superuser; $$", "ends\\", "\"quoted;semi\"", "tab\there", "line\nbreak", "日本, \"Söhne & Co\"", "", "\"\"", "e'\\'';x", "a  ,  b", "/* x */", "DATABASE other", "'",
    ];

    [Fact]
    public async Task Whatever_a_role_stores_comes_back_to_the_letter_and_is_never_run()
    {
        string role = "set" + Guid.NewGuid().ToString("N")[..10];
        string live = (await postgres.CreateDatabaseAsync()).Database, target = (await postgres.CreateDatabaseAsync()).Database;
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD 'x'");
        await using NpgsqlConnection connection = await postgres.OpenAsync("postgres");
        int stored = 0;
        foreach (string value in Nasty.Concat(Random(150)).Select(v => v.Replace("ROLE", role, StringComparison.Ordinal)))
        {
            foreach (string whose in new[] { $"DATABASE {live}", $"ROLE {role} IN DATABASE {live}" })
            {
                stored += await StoreAsync(connection, whose, "search_path", value) + await StoreAsync(connection, whose, "temp_tablespaces", value) + await StoreAsync(connection, whose, "local_preload_libraries", value)
                    + await StoreAsync(connection, whose, "session_preload_libraries", value) + await StoreAsync(connection, whose, "shop.\"own\"", value) + await StoreAsync(connection, whose, "application_name", value);
            }
            await StoredSettings.CopyAsync(connection, live, target, default);
            Assert.Equal(await ReadAsync(connection, live), await ReadAsync(connection, target));
            Assert.False(await postgres.ScalarAsync<bool>("postgres", $"SELECT rolsuper FROM pg_roles WHERE rolname = '{role}'"), value);
        }
        Assert.True(stored > 300, $"{stored} values were taken by the server");
    }

    [Theory]
    [InlineData("\"$user\", public", "$user|public")]
    [InlineData("a,b , \"c,\"\"d\"", "a|b|c,\"d")]
    [InlineData("", "")]
    [InlineData("\"\"", "")]
    [InlineData("\"open", "open")]
    public void Lists_are_taken_apart_as_PostgreSQL_does(string list, string items) => Assert.Equal(items, string.Join('|', StoredSettings.Items(list)));

    [Fact]
    public async Task A_tablespace_that_is_gone_does_not_stop_the_copy()
    {
        string live = (await postgres.CreateDatabaseAsync()).Database, target = (await postgres.CreateDatabaseAsync()).Database;
        await using NpgsqlConnection connection = await postgres.OpenAsync("postgres");
        await new NpgsqlCommand($"ALTER DATABASE {live} SET temp_tablespaces = 'gone', 'with, \"comma'", connection).ExecuteNonQueryAsync();
        await StoredSettings.CopyAsync(connection, live, target, default);
        Assert.Equal(await ReadAsync(connection, live), await ReadAsync(connection, target));
    }

    /// <summary>As a role does it: the text gets into the session and from there, as it is, into what is stored. Not every value is taken.</summary>
    private static async Task<int> StoreAsync(NpgsqlConnection connection, string whose, string name, string value)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        try
        {
            await using (var set = new NpgsqlCommand("SELECT set_config($1, $2, true)", connection) { Parameters = { new() { Value = name.Replace("\"", "") }, new() { Value = value } } })
                await set.ExecuteNonQueryAsync();
            await new NpgsqlCommand($"ALTER {whose} SET {name} FROM CURRENT", connection).ExecuteNonQueryAsync();
            await transaction.CommitAsync();
            return 1;
        }
        catch (PostgresException) { return 0; }
    }

    private static async Task<List<string>> ReadAsync(NpgsqlConnection connection, string database)
    {
        await using var command = new NpgsqlCommand("SELECT coalesce(r.rolname::text, '') || ': ' || c FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole "
            + "CROSS JOIN LATERAL unnest(s.setconfig) c WHERE d.datname = $1 ORDER BY 1", connection) { Parameters = { new() { Value = database } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var all = new List<string>();
        while (await reader.ReadAsync()) all.Add(reader.GetString(0));
        return all;
    }

    private static IEnumerable<string> Random(int count)
    {
        const string Alphabet = "ab,;\"'\\$ -/*ÄA\t=.";
        var random = new Random(20261128);
        return Enumerable.Range(0, count).Select(_ => new string([.. Enumerable.Range(0, random.Next(1, 14)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]));
    }
}
