using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Records;
using OpsModule.Foundations.Text;

namespace OpsModule;

/// <summary>
/// How the views show values to people. The views call it, so that all of them show the same. Every text that comes out of it is safe to show:
/// nothing that a stranger wrote into a log, a name or an answer steers the terminal.
/// </summary>
public static class Display
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Bytes in the unit a person would say them in.</summary>
    public static string Size(object? bytes) => RecordValue.Number(Bare(bytes)) is >= 0 and var size ? SizeText.Show(size) : "";

    /// <summary>A time in UTC, to the second.</summary>
    public static string Time(object? time) => Show(time, "yyyy-MM-dd HH:mm:ss'Z'");

    /// <summary>A time in UTC, to the millisecond.</summary>
    public static string Moment(object? time) => Show(time, "yyyy-MM-dd HH:mm:ss.fff'Z'");

    /// <summary>A log level; nothing where it is unknown.</summary>
    public static string Level(object? level) => RecordValue.Read<LogLevel>(Bare(level)) is { } known and not LogLevel.Unknown ? $"{known}" : "";

    /// <summary>A word that says how well something is, in the colour of the session's $PSStyle where it is not well.</summary>
    /// <param name="word">The word.</param>
    /// <param name="style">$PSStyle.</param>
    public static string Word(object? word, object? style)
    {
        string shown = Printable(word);
        string? name = shown switch
        {
            "Unhealthy" or "Error" or "Critical" or "High" or "Failed" or "Down" or "False" or "PutBack" or "RolledBack" or "Refused" or "Dead" or "Overdue" => "Error",
            "Degraded" or "Warning" or "Medium" or "Unknown" or "Unfinished" or "Staged" or "Starting" or "Restarting" or "Cancelled" or "Waiting" or "NotProven" or "StopFirst" => "Warning",
            _ => null,
        };
        if (name is null || style is null) return shown;
        object? colours = PipedObject.Property(style, "Formatting");
        return PipedObject.Property(colours, name) is string { Length: > 0 } colour && PipedObject.Property(style, "Reset") is string reset ? colour + shown + reset : shown;
    }

    /// <summary>
    /// A foreign text that is safe to show: colours are left out, and what else would steer a terminal, or turn the direction of the text, is
    /// shown as a symbol.
    /// </summary>
    public static string Printable(object? text) => PrintableText.Of($"{text}");

    /// <summary>Foreign texts that are safe to show, one on each line.</summary>
    public static string PrintableLines(object? values) =>
        values is System.Collections.IEnumerable many and not string ? string.Join('\n', many.Cast<object>().Select(Printable)) : Printable(values);

    /// <summary>A day in UTC.</summary>
    public static string Day(object? time) => Show(time, "yyyy-MM-dd");

    /// <summary>What a test result is about: the backup, or the file that is none.</summary>
    public static string Tested(object? result) => result is string ? "" : Printable(
        PipedObject.Property(result, "Backup") is { } backup && $"{backup}" is { Length: > 0 } id ? PipedObject.Text(backup, "Id") ?? id : Path.GetFileName(PipedObject.Text(result, "Location")));

    /// <summary>A duration in the units a person would say it in.</summary>
    public static string Duration(object? duration) => RecordValue.Read<TimeSpan>(Bare(duration)) is { } span ? DurationText.Show(span) : "";

    /// <summary>A list as text, for a column; items with commas of their own are told apart by semicolons.</summary>
    public static string List(object? values)
    {
        if (values is string or not System.Collections.IEnumerable) return Printable(values);
        IEnumerable<object> items = values is System.Collections.IDictionary table ? table.Keys.Cast<object>() : ((System.Collections.IEnumerable)values).Cast<object>();
        string[] texts = [.. items.Select(Printable)];
        return string.Join(texts.Any(t => t.Contains(',')) ? "; " : ", ", texts);
    }

    /// <summary>A list as text, an item on each line.</summary>
    public static string Lines(object? values) => PrintableLines(values);

    /// <summary>Names and what is behind each: <c>main (shop@db:5432/shop)</c>.</summary>
    public static string Pairs(object? table) => Bare(table) is System.Collections.IDictionary many
        ? string.Join(", ", many.Keys.Cast<object>().Select(k => Printable($"{k} ({many[k]})"))) : Printable(table);

    /// <summary>A share in percent.</summary>
    public static string Percent(object? share) => RecordValue.Number(Bare(share)) is { } number ? number.ToString("0.###", Invariant) + "%" : "";

    /// <summary>Cores, with two digits behind the point.</summary>
    public static string Cores(object? cores) => RecordValue.Number(Bare(cores)) is { } number ? number.ToString("0.##", Invariant) : "";

    /// <summary>How busy or full something is, to a tenth of a percent.</summary>
    public static string Load(object? percent) => RecordValue.Number(Bare(percent)) is { } number ? number.ToString("0.0", Invariant) + "%" : "";

    /// <summary>How often each there is: <c>200: 599, 503: 1</c>.</summary>
    public static string Counts(object? counts) =>
        Bare(counts) is System.Collections.IDictionary many ? string.Join(", ", many.Keys.Cast<object>().Select(k => Printable($"{k}: {many[k]}")))
        : PipedObject.Of(counts) is IEnumerable<KeyValuePair<string, object?>> bag ? string.Join(", ", bag.Select(p => Printable($"{p.Key}: {p.Value}"))) : "";

    /// <summary>How many there are.</summary>
    public static string Count(object? values) =>
        Bare(values) is System.Collections.IEnumerable many and not string ? many.Cast<object>().Count().ToString(Invariant) : "";

    /// <summary>How many instances of a service are ready, and wanted.</summary>
    public static string Replicas(object? service) => PipedObject.Text(service, "Ready") is { } ready ? Printable($"{ready}/{PipedObject.Text(service, "Wanted") ?? "?"}") : "";

    /// <summary>File, line and column of a finding.</summary>
    public static string Place(object? finding) => PipedObject.Text(finding, "File") is not { } file ? ""
        : Printable(Path.GetFileName(file) + (PipedObject.Text(finding, "Line") is { } line and not "0" ? $"({line},{PipedObject.Text(finding, "Column")})" : ""));

    /// <summary>File, line and column of a mistake in a rule file; the file of a rule.</summary>
    public static string RulePlace(object? result) => Place(result);

    /// <summary>The category of a rule; how often is too often for a rate rule.</summary>
    public static string RuleKind(object? rule) => PipedObject.Record(rule) switch
    {
        AttackRule one => $"{one.Category}",
        RateRule rate => FormattableString.Invariant($"> {rate.More} in {Short(rate.Within)} by {rate.By}"),
        _ => Printable(PipedObject.Text(rule, "Category")),
    };

    /// <summary>How sure a rule is; a rate rule counts.</summary>
    public static string RuleConfidence(object? rule) => rule is string ? "" : Printable(rule is AttackRule one ? $"{one.Confidence}" : PipedObject.Text(rule, "Confidence"));

    /// <summary>The matches of an offender, from and to where they are not exact.</summary>
    public static string OffenderCount(object? offender) => offender is not string && RecordValue.Number(PipedObject.Property(offender, "Count")) is { } count
        ? RecordValue.Number(PipedObject.Property(offender, "CountError")) is > 0 and var error ? FormattableString.Invariant($"{count - error} to {count}") : count.ToString(Invariant) : "";

    private static string Show(object? time, string format) =>
        RecordValue.Read<DateTimeOffset>(Bare(time)) is { Ticks: > 0 } moment ? moment.UtcDateTime.ToString(format, Invariant) : "";

    /// <summary>A value without PowerShell's wrapper. A table of properties stays one: what a time or a duration became in JSON.</summary>
    private static object? Bare(object? value) => PipedObject.Of(value);

    private static string Short(TimeSpan span) => span switch
    {
        { Ticks: var t } when t % TimeSpan.TicksPerHour == 0 => FormattableString.Invariant($"{span.TotalHours}h"),
        { Ticks: var t } when t % TimeSpan.TicksPerMinute == 0 => FormattableString.Invariant($"{span.TotalMinutes}m"),
        _ => FormattableString.Invariant($"{span.TotalSeconds}s"),
    };

    /// <summary>What is wrong with something, safe to show, an item on each line.</summary>
    public static string Problems(object? problems) => PrintableLines(problems);
}
