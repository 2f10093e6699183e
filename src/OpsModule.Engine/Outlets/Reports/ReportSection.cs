using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;
using OpsModule.Engine.Records;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>
/// All records of one kind in a report. A kind that has more to show than its table is a class of its own below Sections, which judges
/// its records and draws its charts from what it noted as they came; records themselves are not kept.
/// </summary>
internal abstract class ReportSection(string title, int maximumRows)
{
    public string Title => title;

    public ReportTable Table { get; } = new(maximumRows);

    /// <summary>What health results of the same report say.</summary>
    public ReportKnown Known { get; set; } = new();

    /// <summary>What there is to know of all of them, in a sentence.</summary>
    public virtual string? Summary => null;

    /// <summary>Takes one record.</summary>
    public void Add(object record, ReportTally tally)
    {
        ReportFinding? finding = Take(record);
        if (finding is not null) tally.Add(finding with { SectionTitle = title,
            Environment = finding.Environment ?? EnvironmentName.Of(record) });
        Table.Add(record, finding?.Status ?? Mark(record));
    }

    /// <summary>What all records together say, once the last has come.</summary>
    public virtual IEnumerable<ReportFinding> Conclude() => [];

    /// <summary>The charts, in reading order.</summary>
    public virtual IEnumerable<ReportChart> Charts() => [];

    /// <summary>Notes what the charts need, and judges the record; null where it is neither good nor bad.</summary>
    protected abstract ReportFinding? Take(object record);

    /// <summary>How a row is marked whose record has no finding of its own.</summary>
    protected virtual HealthStatus? Mark(object record) => null;
}

/// <summary>A section whose kind of record is known.</summary>
internal abstract class ReportSection<T>(string title, int maximumRows) : ReportSection(title, maximumRows) where T : class
{
    protected sealed override ReportFinding? Take(object record) => Take((T)record);

    protected sealed override HealthStatus? Mark(object record) => Mark((T)record);

    protected abstract ReportFinding? Take(T record);

    protected virtual HealthStatus? Mark(T record) => null;
}

/// <summary>Records that no section knows: a table, and a verdict where they have one.</summary>
internal sealed class ObjectSection(string title, int maximumRows) : ReportSection(title, maximumRows)
{
    protected override ReportFinding? Take(object record) => RecordVerdict.Of(record) is not { } status ? null
        : new ReportFinding(status, Title, $"{record}");
}
