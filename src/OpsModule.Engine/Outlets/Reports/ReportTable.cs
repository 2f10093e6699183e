using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>One value of a row.</summary>
internal readonly record struct ReportCell(string Text, bool IsNumber, HealthStatus? Status);

/// <summary>One row: when it came, how well it is, its cells by column.</summary>
internal sealed record ReportRow(long Sequence, HealthStatus? Status, ReportCell[] Cells);

/// <summary>
/// The records of one kind with all their properties. Of more than it may hold it keeps those that need attention, and of the others the latest.
/// </summary>
internal sealed class ReportTable(int maximum)
{
    private const int MaximumColumns = 60;
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = [];

    private readonly List<string> _columns = [];
    private readonly Queue<ReportRow> _notable = new(), _others = new();

    /// <summary>All columns, in the order in which they were met.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>All rows that came.</summary>
    public long Count { get; private set; }

    /// <summary>The rows that are kept, in the order in which they came.</summary>
    public IReadOnlyList<ReportRow> Rows =>
        [.. _notable.Concat(_others.Skip(Math.Max(0, _others.Count + _notable.Count - maximum))).OrderBy(r => r.Sequence)];

    public void Add(object record, HealthStatus? status)
    {
        Count++;
        Queue<ReportRow> kept = status is null or HealthStatus.Healthy ? _others : _notable;
        kept.Enqueue(new ReportRow(Count, status, Cells(record)));
        if (kept.Count > maximum) kept.Dequeue();
    }

    private ReportCell[] Cells(object record)
    {
        var cells = new ReportCell[Math.Max(_columns.Count, 8)];
        foreach ((string name, object? value) in Values(record))
        {
            int column = _columns.IndexOf(name);
            if (column < 0)
            {
                if (_columns.Count == MaximumColumns) continue;
                column = _columns.Count;
                _columns.Add(name);
            }
            if (column >= cells.Length) Array.Resize(ref cells, column * 2);
            cells[column] = new ReportCell(ReportText.Of(name, value), ReportText.IsNumber(value), value as HealthStatus?);
        }
        return cells;
    }

    private static IEnumerable<KeyValuePair<string, object?>> Values(object record) => record switch
    {
        string text => [KeyValuePair.Create("Text", (object?)text)],
        IEnumerable<KeyValuePair<string, object?>> bag => bag,
        IDictionary table => table.Keys.Cast<object>().Select(k => KeyValuePair.Create($"{k}", table[k])),
        _ when record.GetType() is { IsPrimitive: true } or { IsEnum: true } => [KeyValuePair.Create("Value", (object?)record)],
        _ => Properties.GetOrAdd(record.GetType(), Readable).Select(p => KeyValuePair.Create(p.Name, Read(p, record))),
    };

    private static PropertyInfo[] Readable(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanRead && p.GetIndexParameters().Length == 0)];

    private static object? Read(PropertyInfo property, object record)
    {
        try { return property.GetValue(record); }
        catch (TargetInvocationException) { return null; }
    }
}
