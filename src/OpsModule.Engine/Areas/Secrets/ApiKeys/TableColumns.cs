using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>The columns of a table with keys, as they are: each type is the server's own word for it.</summary>
internal sealed class TableColumns
{
    private const string True = "true", False = "false", Now = "now", Bytes = "bytea", Truth = "boolean";

    private readonly ApiKeyTable _table;
    private readonly IReadOnlyDictionary<string, string> _types;

    private TableColumns(ApiKeyTable table, string name, IReadOnlyDictionary<string, string> types) =>
        (_table, Name, _types) = (table, name, types);

    /// <summary>The table's name, quoted and with its schema.</summary>
    public string Name { get; }

    /// <summary>What a condition of being revoked is; the value is <c>$1</c> where <see cref="RevokedValue"/> is not null.</summary>
    public string IsRevoked => RevokedValue is null ? $"{Of(_table.Revoked)} IS NOT NULL"
        : $"{Of(_table.Revoked)} IS NOT DISTINCT FROM {Cast(_table.Revoked, 1)}";

    /// <summary>What the column holds of a revoked key; null where it is the time.</summary>
    public string? RevokedValue => _table.Value == Now ? null : _table.Value;

    /// <summary>What the column becomes, where the value is <c>$1</c>.</summary>
    public string Revoked => RevokedValue is null ? "pg_catalog.now()" : Cast(_table.Revoked, 1);

    /// <summary>Looks at the table.</summary>
    /// <exception cref="OpsException"><c>ApiKeyTableDiffers</c>: it, a column, or a column's type is not as the file says.</exception>
    public static async Task<TableColumns> ReadAsync(NpgsqlConnection connection, string secret, ApiKeyTable table, CancellationToken ct)
    {
        int dot = table.Name.IndexOf('.');
        (string schema, string name) = dot < 0 ? ("public", table.Name) : (table.Name[..dot], table.Name[(dot + 1)..]);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string column, string type) in await connection.ListAsync("""
            SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
            FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            """, r => (r.GetString(0), r.GetString(1)), ct, schema, name).ConfigureAwait(false)) types[column] = type;
        if (types.Count == 0) throw Differs(secret, $"there is no table {schema}.{name}", "Correct apiKey.table.name, as schema.table.");
        foreach (string column in new[] { table.Id, table.Key, table.Hash, table.Revoked, table.Created }.Concat(table.Columns.Keys)
            .OfType<string>())
            if (!types.ContainsKey(column))
                throw Differs(secret, $"{schema}.{name} has no column {column}", $"It has: {string.Join(", ", types.Keys)}.");
        string revoked = types[table.Revoked];
        bool isTruth = table.Value is True or False || table.Active is True or False;
        // 'true' in a text, or a number, would be a value that no program looks for.
        if (isTruth != (revoked == Truth))
            throw Differs(secret, $"{schema}.{name}.{table.Revoked} is {revoked}, and apiKey.table.revoked says {table.Value}",
                revoked == Truth ? "Write value: true, or false where it says that a key is valid."
                    : "Write the value that it holds of a revoked key, or now for a time.");
        if (table.Value == Now && !revoked.StartsWith("timestamp", StringComparison.Ordinal))
            throw Differs(secret, $"{schema}.{name}.{table.Revoked} is {revoked}, and no time", "Write the value that it holds of a "
                + "revoked key.");
        if (table.Created is { } created && types[created] is var made && !made.StartsWith("timestamp", StringComparison.Ordinal)
            && made != "date")
            throw Differs(secret, $"{schema}.{name}.{created} is {made}, and no time", "Name the column that tells when a key was made, or "
                + "leave created out.");
        return new TableColumns(table, SqlName.Quote(schema, name), types);
    }

    /// <summary>A column, quoted.</summary>
    public static string Of(string column) => SqlName.Quote(column);

    /// <summary>A parameter, given as a text, as a column's type.</summary>
    public string Cast(string column, int number)
    {
        string parameter = $"${number.ToString(System.Globalization.CultureInfo.InvariantCulture)}::pg_catalog.text";
        return column == _table.Hash && _types[column] == Bytes ? $"pg_catalog.decode({parameter}, '{(_table.Algorithm == "sha256"
            ? "hex" : "base64")}')" : $"CAST({parameter} AS {_types[column]})";
    }

    private static OpsException Differs(string secret, string what, string remedy) => ApiKeyErrors.ApiKeyTableDiffers.Make(
        $"The table with the keys of {secret} is not as the environment file says: {what}. Nothing was changed.", remedy, secret);
}
