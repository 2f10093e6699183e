using OpsModule.Engine.Areas.Health;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>Collects records as they come and keeps no more of them than a page can show.</summary>
/// <param name="maximumRows">The most rows that a table keeps.</param>
/// <param name="time">The clock.</param>
public sealed class ReportBuilder(int maximumRows, TimeProvider time)
{
    private const int MaximumEnvironments = 20;

    private readonly Dictionary<object, ReportSection> _sections = [];
    private readonly SortedSet<string> _environments = new(StringComparer.Ordinal);
    private readonly ReportTally _tally = new();
    private readonly ReportKnown _known = new();
    private bool _concluded;

    /// <summary>Records that came.</summary>
    public long Records { get; private set; }

    /// <summary>The environments that the records are of.</summary>
    public IReadOnlyCollection<string> Environments => _environments;

    internal ReportTally Tally => _tally;

    internal IReadOnlyList<ReportSection> Sections => [.. _sections.OrderBy(s => ReportSections.PlaceOf(s.Key)).Select(s => s.Value)];

    /// <summary>What to do about results that were not understood.</summary>
    public const string NotUnderstoodRemedy = "Pipe whole results: as they are, out of a job by Receive-Job, or out of Export-Clixml; of a selection keep what names and judges (Check, Target, Status), and expand groups and tables.";

    /// <summary>Records that only look like results, and so could not be judged.</summary>
    public long NotUnderstood { get; private set; }

    /// <summary>Takes one record, whatever it is. What only looks like a result of this module is counted as not understood, never as well.</summary>
    /// <param name="record">The record.</param>
    /// <param name="typeName">The name that PowerShell gives its type, where that says more.</param>
    /// <param name="within">What the record holds, when it is an object of the caller's own: results in there are not judged either.</param>
    public void Add(object record, string? typeName = null, IEnumerable<(object Value, string TypeName)>? within = null)
    {
        Records++;
        string? likeness = LikenessOf(record, typeName, within);
        object key = likeness is null ? ReportSections.KeyOf(record) : typeof(LikenessSection);
        if (!_sections.TryGetValue(key, out ReportSection? section))
        {
            _sections[key] = section = ReportSections.Make(key, maximumRows, time);
            section.Known = _known;
        }
        if (likeness is not null)
        {
            NotUnderstood++;
            ((LikenessSection)section).Note(likeness);
        }
        if (record is HealthResult result) _known.Note(result);
        section.Add(record, _tally);
        if (_environments.Count < MaximumEnvironments && EnvironmentName.Of(record) is { Length: > 0 } name) _environments.Add(ReportText.Cut(name));
    }

    /// <summary>What a record only looks like, or holds, and so cannot be judged; null when it is itself.</summary>
    /// <param name="record">The record.</param>
    /// <param name="typeName">The name that PowerShell gives its type.</param>
    /// <param name="within">What it holds.</param>
    public static string? LikenessOf(object record, string? typeName, IEnumerable<(object Value, string TypeName)>? within) =>
        ReportLikeness.Of(record, typeName) ?? within?.Select(held => ReportLikeness.OfHeld(held.Value, held.TypeName)).FirstOrDefault(name => name is not null);

    /// <summary>Fails when a file is there that may not be replaced.</summary>
    /// <exception cref="OpsException"><c>ReportExists</c>.</exception>
    public static void CheckFree(string file, bool replace) => ReportFile.CheckFree(file, replace);

    /// <summary>Writes the page beside its place and gives it its name when it is whole.</summary>
    /// <param name="file">The file; a missing folder is made.</param>
    /// <param name="title">The title; null for one made of the environment's name.</param>
    /// <param name="replace">Whether a file that is there is replaced.</param>
    /// <exception cref="OpsException"><c>ReportExists</c>, <c>ReportNotWritten</c>.</exception>
    public ReportRecord Write(string file, string? title, bool replace)
    {
        if (!_concluded)
            foreach (ReportSection section in _sections.Values)
                foreach (ReportFinding finding in section.Conclude()) _tally.Add(finding with { SectionTitle = section.Title });
        _concluded = true;
        DateTimeOffset now = time.GetUtcNow();
        string heading = title ?? (_environments.Count == 1 ? $"Operations report of {_environments.Min}" : "Operations report");
        long size = ReportFile.Write(file, replace, writer => new ReportPage(new HtmlWriter(writer), this, heading, now).Write());
        return new ReportRecord
        {
            Path = file,
            Title = heading,
            CreatedAt = now,
            Environments = [.. _environments],
            Bytes = size,
            Records = Records,
            Sections = [.. Sections.Select(s => s.Title)],
            Verdict = _tally.Verdict,
            Healthy = _tally.Count(HealthStatus.Healthy),
            Degraded = _tally.Count(HealthStatus.Degraded),
            Unhealthy = _tally.Count(HealthStatus.Unhealthy),
            Unknown = _tally.Count(HealthStatus.Unknown),
        };
    }
}
