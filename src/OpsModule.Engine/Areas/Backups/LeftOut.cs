using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>What belongs to a tenant and is not in its schema, so that its backup does not hold it.</summary>
internal static class LeftOut
{
    /// <summary>Descriptions of all such objects.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(NpgsqlConnection connection, string schema, CancellationToken ct) =>
    [
        .. await OutsideReferences.FindAsync(connection, schema, ct).ConfigureAwait(false),
        .. (await PublishedTables.FindAsync(connection, schema, ct).ConfigureAwait(false)).Select(p => "publication " + p),
    ];

    /// <summary>Tells which of those that the backup noted are not there now.</summary>
    public static async Task WarnAsync(NpgsqlConnection connection, string schema, IReadOnlyList<string> noted, IOpsReporter reporter, CancellationToken ct)
    {
        if (noted.Count == 0) return;
        string[] gone = [.. noted.Except(await OfAsync(connection, schema, ct).ConfigureAwait(false))];
        if (gone.Length > 0)
            reporter.Warning($"When the backup was made, these belonged to {schema} from outside, so that it does not hold them, and they are not there now: {string.Join("; ", gone)}. Make them again after the restore.");
    }
}
