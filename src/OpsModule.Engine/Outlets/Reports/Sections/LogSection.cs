using System.Text.RegularExpressions;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Logs: how much of which level came when, who complains, and of what most often.</summary>
internal sealed partial class LogSection(int maximumRows) : ReportSection<LogEntry>("Logs", maximumRows)
{
    private const int MostKinds = 2000, KindLength = 160;

    private static readonly LogLevel[] Levels = [LogLevel.Critical, LogLevel.Error, LogLevel.Warning, LogLevel.Information, LogLevel.Debug, LogLevel.Trace, LogLevel.Unknown];

    private readonly TimeCounts _times = new([.. Levels.Select(l => new TimeSeries(l == LogLevel.Unknown ? "no level" : $"{l}", "level-" + l.ToString().ToLowerInvariant()))]);
    private readonly Dictionary<string, (long Errors, long Critical)> _services = [];
    private readonly Dictionary<string, long> _kinds = [];
    private long _withoutTime, _kindsLeftOut;

    public override string Summary
    {
        get
        {
            long errors = _services.Values.Sum(s => s.Errors + s.Critical);
            string untimed = _withoutTime == 0 ? "" : $" {ReportText.Count(_withoutTime, "entry says", "entries say")} no time.";
            return $"{ReportText.Count(Table.Count, "entry", "entries")}, {(errors == 0 ? "no error" : ReportText.Count(errors, "error"))}.{untimed}";
        }
    }

    protected override ReportFinding? Take(LogEntry entry)
    {
        if (entry.Time is { } time) _times.Add(time, Array.IndexOf(Levels, entry.Level));
        else _withoutTime++;
        if (entry.Level >= LogLevel.Error) Complain(entry);
        return null;
    }

    protected override HealthStatus? Mark(LogEntry entry) => entry.Level switch { LogLevel.Critical => HealthStatus.Unhealthy, LogLevel.Error => HealthStatus.Degraded, _ => null };

    /// <summary>One finding for each service: a service can write the same error a thousand times.</summary>
    public override IEnumerable<ReportFinding> Conclude() => _services.OrderByDescending(s => s.Value.Critical).ThenByDescending(s => s.Value.Errors).Select(s => new ReportFinding(HealthStatus.Degraded, $"logs of {s.Key}",
        $"{(s.Value.Critical > 0 ? ReportText.Count(s.Value.Critical, "critical entry", "critical entries") + " and " : "")}{ReportText.Count(s.Value.Errors, "error")} in the log.", "Read them below, the most frequent first."));

    public override IEnumerable<ReportChart> Charts()
    {
        yield return new StackChart("Entries over time", null, _times);
        ReportBar[] services = [.. _services.OrderByDescending(s => s.Value.Errors + s.Value.Critical).Take(20).Select(s => BarOf(s.Key, s.Value.Errors + s.Value.Critical))];
        yield return new BarChart("Errors by service", null, Fill(services), _services.Count);
        ReportBar[] kinds = [.. _kinds.OrderByDescending(k => k.Value).Take(10).Select(k => BarOf(k.Key, k.Value))];
        string left = _kindsLeftOut == 0 ? "" : $" {ReportText.Count(_kindsLeftOut, "error")} of rarer kinds are not counted here.";
        yield return new BarChart("Most frequent errors", $"Numbers and identifiers are shown as #.{left}", Fill(kinds), _kinds.Count);
    }

    private void Complain(LogEntry entry)
    {
        string service = ReportText.Cut(entry.Service);
        (long errors, long critical) = _services.GetValueOrDefault(service);
        if (_services.Count < MostKinds || _services.ContainsKey(service))
            _services[service] = entry.Level is LogLevel.Critical ? (errors, critical + 1) : (errors + 1, critical);
        ReadOnlySpan<char> first = entry.Message.AsSpan(0, Math.Min(entry.Message.Length, KindLength));
        if (first.IndexOfAny('\r', '\n') is >= 0 and var end) first = first[..end];
        // Masked here: what is left of a password in a shortened text would no longer look like one.
        string kind = Changing().Replace(Changes.Chain.JournalMask.Patterns(first.ToString()), "#");
        if (_kinds.Count < MostKinds || _kinds.ContainsKey(kind)) _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
        else _kindsLeftOut++;
    }

    private static ReportBar BarOf(string label, long count) => new(label, "", count, 0, ReportText.Number(count), HealthStatus.Degraded);

    private static ReportBar[] Fill(ReportBar[] bars) => [.. bars.Select(b => b with { Full = bars[0].Value })];

    [GeneratedRegex(@"\b(?:0x)?[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}\b|\d+(?:[.:]\d+)*", RegexOptions.IgnoreCase)]
    private static partial Regex Changing();
}
