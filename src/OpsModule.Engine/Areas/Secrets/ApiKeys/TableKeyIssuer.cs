using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>
/// Keys of which a table holds hashes. Each statement names the rows that it is for, and what it did not find is an
/// error.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="secret">The secret's name.</param>
/// <param name="table">The table.</param>
internal sealed class TableKeyIssuer(OpsContext context, string secret, ApiKeyTable table) : IKeyIssuer
{
    public string Words => $"the table {table.Name} of database {table.Database}";

    public string Identity => $"{table.Database}/{table.Name}: {table.Revoked} is {table.Value}";

    public bool Restores => true;

    public Task<IReadOnlyList<IssuedKey>> ListAsync(CancellationToken cancellationToken) =>
        WithAsync("Listing the keys of", async (connection, columns) =>
        {
            string created = table.Created is { } at ? $"CAST({TableColumns.Of(at)} AS timestamptz)" : "NULL::timestamptz";
            object?[] values = columns.RevokedValue is { } value ? [value] : [];
            return (IReadOnlyList<IssuedKey>)await connection.ListAsync($"SELECT {TableColumns.Of(table.Id)}::pg_catalog.text, "
                + $"coalesce({TableColumns.Of(table.Key)}::pg_catalog.text, ''), {created}, {columns.IsRevoked} "
                + $"FROM {columns.Name} ORDER BY 1", r => new IssuedKey(r.GetString(0), r.GetString(1),
                    r.IsDBNull(2) ? null : r.GetFieldValue<DateTimeOffset>(2), r.GetBoolean(3)), cancellationToken, values)
                .ConfigureAwait(false);
        }, cancellationToken);

    public Task<NewKey> CreateAsync(ChangeRun run, string label, string made, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        return WithAsync("Making a key in", async (connection, columns) =>
        {
            List<(string Column, string Sql)> row = [];
            List<object?> values = [];
            void Add(string column, string? value)
            {
                values.Add(value);
                row.Add((column, columns.Cast(column, values.Count)));
            }
            Add(table.Key, label);
            Add(table.Hash, HashOf(made));
            Add(table.Revoked, table.Active);
            foreach ((string column, string value) in table.Columns) Add(column, value);
            if (table.Created is { } at) row.Add((at, "pg_catalog.now()"));
            string? id = await connection.ScalarAsync<string>($"INSERT INTO {columns.Name} ("
                + string.Join(", ", row.Select(r => TableColumns.Of(r.Column)))
                + $") VALUES ({string.Join(", ", row.Select(r => r.Sql))}) RETURNING {TableColumns.Of(table.Id)}::pg_catalog.text",
                cancellationToken, [.. values]).ConfigureAwait(false);
            return new NewKey(id ?? throw ApiKeyErrors.ApiKeyAnswerUnknown.Make($"{Words} gave the new key no id.",
                $"Give {table.Id} a default, or name another column: apiKey.table.id.", secret), made);
        }, cancellationToken);
    }

    /// <summary>All in one statement: either each of them is revoked, or it is an error.</summary>
    public Task<IReadOnlyDictionary<string, OpsException>> RevokeAsync(ChangeRun run, IReadOnlyList<string> ids,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        return WithAsync<IReadOnlyDictionary<string, OpsException>>("Revoking keys in", async (connection, columns) =>
        {
            object?[] values = columns.RevokedValue is { } value ? [value, ids.ToArray()] : [ids.ToArray()];
            await connection.ExecuteAsync($"UPDATE {columns.Name} SET {TableColumns.Of(table.Revoked)} = {columns.Revoked} WHERE "
                + $"{TableColumns.Of(table.Id)}::pg_catalog.text = ANY(${Number(values.Length)}) AND NOT ({columns.IsRevoked})",
                cancellationToken, values).ConfigureAwait(false);
            return new Dictionary<string, OpsException>();
        }, cancellationToken);
    }

    public Task RestoreAsync(ChangeRun run, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        return WithAsync("Making keys valid again in", async (connection, columns) =>
        {
            List<object?> values = columns.RevokedValue is { } value ? [value] : [];
            values.Add(table.Active);
            string active = columns.Cast(table.Revoked, values.Count);
            values.Add(ids.ToArray());
            // What somebody has written there since is theirs.
            await connection.ExecuteAsync($"UPDATE {columns.Name} SET {TableColumns.Of(table.Revoked)} = {active} WHERE "
                + $"{TableColumns.Of(table.Id)}::pg_catalog.text = ANY(${Number(values.Count)}) AND {columns.IsRevoked}",
                cancellationToken, [.. values]).ConfigureAwait(false);
            return true;
        }, cancellationToken);
    }

    public Task<string?> FindAsync(string value, CancellationToken cancellationToken) =>
        WithAsync("Looking for a key in", async (connection, columns) =>
        {
            List<string> found = await connection.NamesAsync($"SELECT {TableColumns.Of(table.Id)}::pg_catalog.text FROM {columns.Name} "
                + $"WHERE {TableColumns.Of(table.Hash)} = {columns.Cast(table.Hash, 1)}", cancellationToken, HashOf(value))
                .ConfigureAwait(false);
            return found is [var only] ? only : null;
        }, cancellationToken);

    /// <summary>What a program that is asked with a key looks for.</summary>
    private string HashOf(string key)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        return table.Algorithm == "sha256" ? Convert.ToHexString(hash).ToLowerInvariant() : Convert.ToBase64String(hash);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Asks the table as it is now; what the server refuses is told with what was asked for.</summary>
    private async Task<T> WithAsync<T>(string doing, Func<NpgsqlConnection, TableColumns, Task<T>> body, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await (await DatabaseServers.ResolveAsync(context, table.Database, ct)
            .ConfigureAwait(false)).ConnectAsync(ct).ConfigureAwait(false);
        try
        {
            return await body(connection, await TableColumns.ReadAsync(connection, secret, table, ct).ConfigureAwait(false))
                .ConfigureAwait(false);
        }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, $"{doing} {Words}", secret); }
    }
}
