using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Recovery.Archives;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Compares what sequences have come to with what the archive sets them to. The catalogue's fingerprint says nothing of that: numbers are
/// given out while a backup is made, outside of its snapshot.
/// </summary>
internal static partial class SequenceCheck
{
    private const int Batch = 300;

    /// <summary>Sequences that stand elsewhere.</summary>
    public static async Task<IReadOnlyList<CatalogueDifference>> FindAsync(NpgsqlConnection connection, ArchiveScope scope, CancellationToken ct)
    {
        var found = new List<CatalogueDifference>();
        IEnumerable<(ArchiveEntry Entry, string Value)> set = scope.Entries.Where(e => e.Description == "SEQUENCE SET").Select(e => (e, ValueOf(e))).Where(e => e.Item2 is not null)!;
        foreach ((ArchiveEntry Entry, string Value)[] some in set.Chunk(Batch))
        {
            string sql = string.Join(" UNION ALL ", some.Select((s, at) =>
                string.Create(CultureInfo.InvariantCulture, $"SELECT {at}, last_value::text, is_called FROM {SqlName.Quote(s.Entry.Schema ?? "", s.Entry.Tag)}")));
            foreach ((int at, string value) in await connection.ListAsync(sql, r => (r.GetInt32(0), Show(r.GetString(1), r.GetBoolean(2))), ct).ConfigureAwait(false))
                if (value != some[at].Value)
                    found.Add(new CatalogueDifference("sequence", some[at].Entry.Schema ?? "", some[at].Entry.Tag, "value", some[at].Value, value, true));
        }
        return found;
    }

    private static string? ValueOf(ArchiveEntry entry) => SetValue().Match(entry.Definition) is { Success: true } call ? Show(call.Groups[1].Value, call.Groups[2].Value == "true") : null;

    private static string Show(string value, bool isCalled) => isCalled ? value : value + " not yet given";

    [GeneratedRegex(@", (-?\d+), (true|false)\);\s*$")]
    private static partial Regex SetValue();
}
