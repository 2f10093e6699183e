using System.Text.RegularExpressions;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>Which entries are wanted.</summary>
/// <param name="Level">This level and graver ones; entries without a level are then left out.</param>
/// <param name="Pattern">A regular expression that the entry's lines match.</param>
/// <param name="Since">From then on.</param>
/// <param name="Until">Up to then.</param>
public sealed record LogFilter(LogLevel Level = LogLevel.Unknown, Regex? Pattern = null, DateTimeOffset? Since = null,
    DateTimeOffset? Until = null)
{
    /// <summary>True when every entry of the time passes.</summary>
    public bool IsOpen => Level == LogLevel.Unknown && Pattern is null;

    /// <summary>Whether an entry is wanted.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="time">Its time, or that of the last entry before it that has one.</param>
    public bool Passes(LogEntry entry, DateTimeOffset? time) =>
        entry.Level >= Level && (Since is null || time >= Since) && (Until is null || time is null || time <= Until) && Matches(entry.Raw);

    /// <summary>Whether a text matches the pattern; every text does when there is none.</summary>
    public bool Matches(string text)
    {
        try { return Pattern is null || Pattern.IsMatch(text); }
        catch (RegexMatchTimeoutException e)
        {
            throw new OpsException("PatternTooSlow", OpsErrorCategory.OperationTimeout,
                $"The pattern '{Pattern}' did not come to an end within {TextPattern.Patience.TotalSeconds:0} s on a line of {text.Length:N0} characters.",
                "Write it without nested repetition, or without look-around and back references, which need no such search.",
                    Pattern?.ToString(), e);
        }
    }
}
