using Cronos;

namespace OpsModule.Engine.Areas.Schedules.Times;

/// <summary>When something is to run: five fields of cron, in UTC, whose clock never jumps.</summary>
internal sealed class CronSchedule
{
    /// <summary>What to write, for messages.</summary>
    public const string Expected = "five fields in UTC, minute hour day month weekday, such as '0 2 * * *' for every day at 02:00";

    private readonly CronExpression _cron;

    private CronSchedule(string text, CronExpression cron, CronFields? fields) => (Text, _cron, Fields) = (text, cron, fields);

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>What stands in each field, for other systems; null where they cannot be told.</summary>
    public CronFields? Fields { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">As written.</param>
    /// <param name="problem">What is wrong with it, in a sentence without its end.</param>
    /// <returns>Null when something is wrong.</returns>
    public static CronSchedule? Parse(string text, out string? problem)
    {
        string trimmed = text.Trim();
        problem = Mistake(trimmed);
        if (problem is not null) return null;
        CronExpression cron;
        try { cron = CronExpression.Parse(trimmed, CronFormat.Standard); }
        catch (Exception e) when (e is CronFormatException or MissingSeedException)
        {
            problem = e.Message.TrimEnd('.', ' ');
            return null;
        }
        var fields = CronFields.Parse(trimmed);
        // This one library wants both days to be met, and cron, Kubernetes and Jenkins either of them: nobody would get what he expects.
        if (fields is null ? AreBothWritten(trimmed) : !fields.Days.IsAll && !fields.Weekdays.IsAll)
            problem = "it restricts the day of the month and the weekday, which some systems join by 'and' and others by 'or'";
        else if (cron.GetNextOccurrence(DateTime.UtcNow) is null)
            problem = "it never comes to pass";
        return problem is null ? new CronSchedule(trimmed, cron, fields) : null;
    }

    /// <summary>The first time after this one; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => Of(_cron.GetNextOccurrence(after.UtcDateTime));

    /// <summary>The last time until this one, which counts; null when there is none.</summary>
    public DateTimeOffset? Previous(DateTimeOffset until) => Of(_cron.GetPreviousOccurrence(until.UtcDateTime, inclusive: true));

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static DateTimeOffset? Of(DateTime? time) => time is { } utc ? new DateTimeOffset(utc, TimeSpan.Zero) : null;

    /// <summary>What the library would take, and is not meant here.</summary>
    private static string? Mistake(string text)
    {
        string[] words = Words(text);
        if (words is ["@every_second"]) return "it comes every second, and a minute is the least step";
        if (words is [['@', ..]]) return null;
        if (words.Length == 6) return "it has six fields, and seconds are not known here";
        if (words.Length != 5) return $"it has {words.Length} {(words.Length == 1 ? "field" : "fields")}, and five were expected";
        // It stands for a number that each reader chooses for himself.
        return words.Any(w => w.Split(',', '/').Any(p => p is "H" or "h" || p.StartsWith("H(", StringComparison.OrdinalIgnoreCase)))
            ? "H stands for a time of the reader's choice" : null;
    }

    private static bool AreBothWritten(string text) => Words(text) is [_, _, var days, _, var weekdays] && days is not ("*" or "?")
        && weekdays is not ("*" or "?");

    internal static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
