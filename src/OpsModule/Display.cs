using System.Globalization;
using OpsModule.Engine;
using OpsModule.Engine.Attacks;
using OpsModule.Engine.Attacks.Rules;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Logs;
using OpsModule.Engine.Platforms;

namespace OpsModule;

/// <summary>
/// How the views show values to people. The views call it, so that all of them show the same. Every text that comes out of it is safe to show:
/// nothing that a stranger wrote into a log, a name or an answer steers the terminal.
/// </summary>
public static class Display
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Bytes as MiB, with one decimal.</summary>
    public static string Size(object? bytes) =>
        bytes is null or < 0L ? "" : (Convert.ToDouble(bytes, Invariant) / (1024 * 1024)).ToString("N1", Invariant) + " MiB";

    /// <summary>A time in UTC, to the second.</summary>
    public static string Time(object? time) => time switch
    {
        DateTimeOffset { Ticks: 0 } => "",
        DateTimeOffset moment => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", Invariant),
        DateTime moment => moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", Invariant),
        _ => "",
    };

    /// <summary>A time in UTC, to the millisecond.</summary>
    public static string Moment(object? time) => time is DateTimeOffset moment ? moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", Invariant) : "";

    /// <summary>A log level; nothing where it is unknown.</summary>
    public static string Level(object? level) => level is LogLevel and not LogLevel.Unknown ? $"{level}" : "";

    /// <summary>
    /// A foreign text that is safe to show: colours are left out, and what else would steer a terminal, or turn the direction of the text, is
    /// shown as a symbol.
    /// </summary>
    public static string Printable(object? text) => PrintableText.Of($"{text}");

    /// <summary>Foreign texts that are safe to show, one on each line.</summary>
    public static string PrintableLines(object? values) =>
        values is System.Collections.IEnumerable many and not string ? string.Join('\n', many.Cast<object>().Select(Printable)) : Printable(values);

    /// <summary>A day in UTC.</summary>
    public static string Day(object? time) => time is DateTimeOffset moment ? moment.UtcDateTime.ToString("yyyy-MM-dd", Invariant) : "";

    /// <summary>What a test result is about: the backup, or the file that is none.</summary>
    public static string Tested(object? result) => result is not BackupTestResult tested ? "" : Printable(tested.Backup?.Id ?? Path.GetFileName(tested.Location));

    /// <summary>A duration in the units a person would say it in.</summary>
    public static string Duration(object? duration) => duration is TimeSpan span ? DurationText.Show(span) : "";

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

    /// <summary>A text broken between words, which PowerShell's tables do not do by themselves; as it is where there is little room.</summary>
    public static string Wrap(object? text, int width) => width < 20 ? Printable(text) : string.Join('\n', TextWrap.Lines(Printable(text), width));

    /// <summary>A share in percent.</summary>
    public static string Percent(object? share) => share is double number ? number.ToString("0.###", Invariant) + "%" : "";

    /// <summary>How busy or full something is, to a tenth of a percent.</summary>
    public static string Load(object? percent) => percent is double number ? number.ToString("0.0", Invariant) + "%" : "";

    /// <summary>How often each there is: <c>200: 599, 503: 1</c>.</summary>
    public static string Counts(object? counts) =>
        counts is IReadOnlyDictionary<string, int> many ? string.Join(", ", many.Select(p => Printable($"{p.Key}: {p.Value}"))) : "";

    /// <summary>How many there are.</summary>
    public static string Count(object? values) =>
        values is System.Collections.IEnumerable many and not string ? many.Cast<object>().Count().ToString(Invariant) : "";

    /// <summary>How many instances of a service are ready, and wanted.</summary>
    public static string Replicas(object? service) => service is ServiceRecord record ? $"{record.Ready}/{record.Wanted}" : "";

    /// <summary>File, line and column of a finding.</summary>
    public static string Place(object? finding) => finding is not EnvironmentFinding { File: { } file } found ? ""
        : Printable(Path.GetFileName(file)) + (found.Line > 0 ? $"({found.Line},{found.Column})" : "");

    /// <summary>File, line and column of a mistake in a rule file; the file of a rule.</summary>
    public static string RulePlace(object? result) => result is not RuleTestResult tested ? ""
        : Printable(Path.GetFileName(tested.File)) + (tested.Line > 0 ? $"({tested.Line},{tested.Column})" : "");

    /// <summary>The category of a rule; how often is too often for a rate rule.</summary>
    public static string RuleKind(object? rule) => rule switch
    {
        AttackRule one => $"{one.Category}",
        RateRule rate => FormattableString.Invariant($"> {rate.More} in {Short(rate.Within)} by {rate.By}"),
        _ => "",
    };

    /// <summary>How sure a rule is; a rate rule counts.</summary>
    public static string RuleConfidence(object? rule) => rule is AttackRule one ? $"{one.Confidence}" : "";

    /// <summary>The matches of an offender, from and to where they are not exact.</summary>
    public static string OffenderCount(object? offender) => offender is not AttackOffender one ? ""
        : one.CountError == 0 ? $"{one.Count}" : $"{one.Count - one.CountError} to {one.Count}";

    private static string Short(TimeSpan span) => span switch
    {
        { Ticks: var t } when t % TimeSpan.TicksPerHour == 0 => FormattableString.Invariant($"{span.TotalHours}h"),
        { Ticks: var t } when t % TimeSpan.TicksPerMinute == 0 => FormattableString.Invariant($"{span.TotalMinutes}m"),
        _ => FormattableString.Invariant($"{span.TotalSeconds}s"),
    };

    /// <summary>What is wrong with something, safe to show, an item on each line.</summary>
    public static string Problems(object? problems) => PrintableLines(problems);
}
