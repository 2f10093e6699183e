using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>A boolean column of the tenant's row.</summary>
internal sealed class FlagCut(OpsContext context, TenantFlag flag) : ITenantCut
{
    private const string Was = "was", Null = "null";

    public string Step => "flag";

    public bool IsLifted => true;

    private string Table => SqlName.Quote(flag.Schema, flag.Table);

    private string Column => SqlName.Quote(flag.Column);

    private string OfTenant => $"{SqlName.Quote(flag.Key)}::text = $1";

    public string WordsFor(string tenant) => $"set {flag.Column} of {tenant} in {flag.Schema}.{flag.Table} of database {flag.Database} to "
        + Text(flag.Suspended);

    public async Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, flag.Database, cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        string table = await CheckAsync(connection, cancellationToken).ConfigureAwait(false);
        string now = await ReadAsync(connection, tenant, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<PlanIdentity> identities =
        [
            .. await DatabaseIdentities.OfDatabaseAsync(connection, connection.Database, cancellationToken).ConfigureAwait(false),
            new($"object id of table {flag.Schema}.{flag.Table}", table),
            new($"{flag} for {tenant}", now),
        ];
        return new CutLook(new Dictionary<string, string> { [Was] = now }, identities,
            now == Text(flag.Suspended) ? [$"{flag} says already that {tenant} is suspended; lifting leaves it so."] : []);
    }

    public Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        WriteAsync(run, tenant, before[Was], Text(flag.Suspended), cancellationToken);

    public Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        WriteAsync(run, tenant, Text(flag.Suspended), before[Was], cancellationToken);

    public string WhatFor(string tenant) => $"{flag.Database} {flag.Schema} {flag.Table} {flag.Key} {flag.Column} {Text(flag.Suspended)}";

    private async Task WriteAsync(ChangeRun run, string tenant, string from, string to, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(run);
        NpgsqlConnection connection = await TenantDatabase.OpenAsync(context, flag.Database, ct).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        await CheckAsync(connection, ct).ConfigureAwait(false);
        NpgsqlTransaction writing = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await using var __ = writing.ConfigureAwait(false);
        // The same statement twice, after a kill, finds it done.
        long changed = await connection.ScalarAsync<long>($"WITH u AS (UPDATE {Table} SET {Column} = $2 WHERE {OfTenant} AND {Column} "
            + $"IS NOT "
            + $"DISTINCT FROM $3 RETURNING 1) SELECT pg_catalog.count(*) FROM u", ct, tenant, Value(to), Value(from)).ConfigureAwait(false);
        string now = await ReadAsync(connection, tenant, ct).ConfigureAwait(false);
        if (now != to || changed > 1)
            throw TenantErrors.TenantFlagDiffers.Make($"{flag} of {tenant} is {now}: it was {from} and was to become {to}. Nothing was "
                + $"written.",
                "See who else writes it, or what a trigger makes of it.", tenant);
        await writing.CommitAsync(ct).ConfigureAwait(false);
    }

    /// <summary>The table's object id, when table and columns are as they are declared.</summary>
    private async Task<string> CheckAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        string? table = await connection.ScalarAsync<string>("SELECT c.oid::text FROM pg_catalog.pg_class c JOIN "
            + "pg_catalog.pg_namespace n ON "
            + "n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')", ct, flag.Schema, flag.Table)
            .ConfigureAwait(false);
        if (table is null) throw Invalid($"Database {flag.Database} has no table {flag.Schema}.{flag.Table}.");
        foreach (string column in new[] { flag.Key, flag.Column })
        {
            string? type = await connection.ScalarAsync<string>("SELECT pg_catalog.format_type(a.atttypid, NULL) FROM "
                + "pg_catalog.pg_attribute a "
                + "WHERE a.attrelid = $1::oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped", ct, table, column)
                .ConfigureAwait(false);
            if (type is null) throw Invalid($"{flag.Schema}.{flag.Table} of database {flag.Database} has no column {column}.");
            if (column == flag.Column && type != "boolean")
                throw Invalid($"{flag} is of type {type}, and true and false are all that a flag can be.");
        }
        return table;
    }

    private async Task<string> ReadAsync(NpgsqlConnection connection, string tenant, CancellationToken ct)
    {
        List<string> rows = await connection.ListAsync($"SELECT {Column} FROM {Table} WHERE {OfTenant} LIMIT 2",
            r => r.IsDBNull(0) ? Null : Text(r.GetBoolean(0)), ct, tenant).ConfigureAwait(false);
        return rows.Count switch
        {
            1 => rows[0],
            0 => throw TenantErrors.TenantNotFound.Make($"{flag.Schema}.{flag.Table} of database {flag.Database} has no row whose "
                + $"{flag.Key} is {tenant}.", "Give the tenant's name as that column has it.", tenant),
            _ => throw TenantErrors.TenantAmbiguous.Make($"Several rows of {flag.Schema}.{flag.Table} have {flag.Key} {tenant}: which "
                + "is meant cannot be told.", "Declare a column that is unique: tenants.suspend.flag.key.", tenant),
        };
    }

    private OpsException Invalid(string what) => TenantErrors.TenantTableInvalid.Make(what, "Correct tenants.suspend.flag.",
        flag.ToString());

    private static string Text(bool value) => value ? "true" : "false";

    private static object? Value(string text) => text switch { "true" => true, "false" => false, _ => null };
}
