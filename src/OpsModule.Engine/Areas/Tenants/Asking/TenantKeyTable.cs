using System.Globalization;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Asking;

/// <summary>
/// The rows of a table with keys that are a tenant's. What the column of validity holds of each is kept, so that it comes back as it was:
/// several values may be valid.
/// </summary>
internal sealed class TenantKeyTable : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly TableColumns _columns;
    private readonly ApiKeyTable _table;
    private readonly TenantKeys _keys;

    private TenantKeyTable(NpgsqlConnection connection, TableColumns columns, ApiKeyTable table, TenantKeys keys) =>
        (_connection, _columns, _table, _keys) = (connection, columns, table, keys);

    private string Id => $"{TableColumns.Of(_table.Id)}::pg_catalog.text";

    private string Validity => TableColumns.Of(_table.Revoked);

    /// <summary>Opens it.</summary>
    /// <exception cref="OpsException"><c>TenantKeysUnsupported</c>, <c>ApiKeyTableDiffers</c>.</exception>
    public static async Task<TenantKeyTable> OpenAsync(OpsContext context, TenantKeys keys, CancellationToken ct)
    {
        SecretEntry? entry = context.Environment.Section<SecretsSettings>().Entries.Values.FirstOrDefault(e =>
            e.Name.Equals(keys.Secret, StringComparison.OrdinalIgnoreCase));
        if (entry?.ApiKey?.Table is not { } table)
            throw TenantErrors.TenantKeysUnsupported.Make($"The keys of {keys.Secret} are not kept in a table, and what else keeps them "
                + "tells neither whose they are nor makes them valid again.",
                "Name a secret with apiKey: { table: ... }, or declare the endpoint that suspends a tenant's keys under "
                + "tenants.suspend.endpoints.", keys.Secret);
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, table.Database, ct).ConfigureAwait(false);
        try
        {
            return new TenantKeyTable(connection, await TableColumns.ReadAsync(connection, entry.Name, table, ct).ConfigureAwait(false),
                table, keys);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The tenant's keys that are valid, by their ids, and what the column of validity holds of each.</summary>
    /// <exception cref="OpsException"><c>TenantTableInvalid</c>: it has no such column.</exception>
    public async Task<IReadOnlyDictionary<string, string?>> FindAsync(string tenant, CancellationToken ct)
    {
        List<object?> values = First();
        values.Add(tenant);
        try
        {
            return (await _connection.ListAsync($"SELECT {Id}, {Validity}::pg_catalog.text FROM {_columns.Name} WHERE "
                + $"{TableColumns.Of(_keys.Column)}::pg_catalog.text = {Parameter(values.Count)} AND NOT ({_columns.IsRevoked}) ORDER BY 1",
                r => (Id: r.GetString(0), Value: r.Text(1)), ct, [.. values]).ConfigureAwait(false))
                .ToDictionary(k => k.Id, k => k.Value, StringComparer.Ordinal);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedColumn)
        {
            throw TenantErrors.TenantTableInvalid.Make($"The table {_table.Name} of database {_table.Database} has no column "
                + $"{_keys.Column}.", "Correct tenants.suspend.keys.", _table.Name, e);
        }
    }

    /// <summary>Revokes keys; that one is revoked already is no error.</summary>
    /// <param name="run">The change.</param>
    /// <param name="ids">Which.</param>
    /// <param name="keep">Keeps what the column holds of each that was revoked, before that counts: by it one's own revocation is told from
    /// somebody else's.</param>
    /// <param name="ct">Ends it.</param>
    public async Task RevokeAsync(ChangeRun run, IReadOnlyCollection<string> ids, Action<IReadOnlyDictionary<string, string?>> keep,
        CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(run);
        List<object?> values = First();
        values.Add(ids.ToArray());
        NpgsqlTransaction writing = await _connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await using var _ = writing.ConfigureAwait(false);
        keep((await _connection.ListAsync($"UPDATE {_columns.Name} SET {Validity} = {_columns.Revoked} WHERE {Id} = "
            + $"ANY({Parameter(values.Count)}) AND NOT ({_columns.IsRevoked}) RETURNING {Id}, {Validity}::pg_catalog.text",
            r => (Id: r.GetString(0), Value: r.Text(1)), ct, [.. values]).ConfigureAwait(false))
            .DistinctBy(k => k.Id).ToDictionary(k => k.Id, k => k.Value, StringComparer.Ordinal));
        await writing.CommitAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Makes keys valid again, each as it was; what somebody else has written there since is theirs.</summary>
    /// <param name="run">The change.</param>
    /// <param name="before">What the column held of each.</param>
    /// <param name="written">What the revocation made of it; one that is not in it is known to be revoked alone.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The ids of those that are not there any more, and of those that somebody else has revoked since.</returns>
    public async Task<(IReadOnlyList<string> Gone, IReadOnlyList<string> Theirs)> RestoreAsync(ChangeRun run,
        IReadOnlyDictionary<string, string?> before, IReadOnlyDictionary<string, string?> written, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(run);
        NpgsqlTransaction writing = await _connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await using var _ = writing.ConfigureAwait(false);
        foreach ((string id, string? value) in before)
        {
            List<object?> values = First();
            values.Add(value);
            string was = _columns.Cast(_table.Revoked, values.Count);
            values.Add(id);
            string where = $"{Id} = {Parameter(values.Count)} AND ({_columns.IsRevoked})";
            if (written.TryGetValue(id, out string? ours))
            {
                values.Add(ours);
                where += $" AND {Validity} IS NOT DISTINCT FROM {_columns.Cast(_table.Revoked, values.Count)}";
            }
            await _connection.ExecuteAsync($"UPDATE {_columns.Name} SET {Validity} = {was} WHERE {where}", ct, [.. values])
                .ConfigureAwait(false);
        }
        List<string> there = await _connection.NamesAsync($"SELECT {Id} FROM {_columns.Name} WHERE {Id} = ANY($1)", ct,
            [before.Keys.ToArray()]).ConfigureAwait(false);
        var theirs = new List<string>();
        foreach (string id in there.Where(written.ContainsKey))
        {
            List<object?> values = First();
            values.AddRange([id, written[id]]);
            theirs.AddRange(await _connection.NamesAsync($"SELECT {Id} FROM {_columns.Name} WHERE {Id} = {Parameter(values.Count - 1)} AND "
                + $"({_columns.IsRevoked}) AND {Validity} IS DISTINCT FROM {_columns.Cast(_table.Revoked, values.Count)}", ct,
                [.. values]).ConfigureAwait(false));
        }
        await writing.CommitAsync(ct).ConfigureAwait(false);
        return ([.. before.Keys.Except(there, StringComparer.Ordinal)], theirs);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>What a condition of being revoked takes as its first value.</summary>
    private List<object?> First() => _columns.RevokedValue is { } value ? [value] : [];

    private static string Parameter(int number) => "$" + number.ToString(CultureInfo.InvariantCulture);
}
