using System.Globalization;
using System.Management.Automation;
using OpsModule.Foundations.Text;

namespace OpsModule;

/// <summary>
/// Lets a parameter that is a moment also take how long ago it was: <c>30d</c>, <c>12h</c>, <c>2w</c>, or a TimeSpan; and <c>now</c>, <c>today</c> and
/// <c>yesterday</c>, which begin at midnight here. A number without a unit is refused. The session's language does not matter.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MomentAttribute : ArgumentTransformationAttribute
{
    private const string Expected = "a time such as 2026-11-21T03:16:00Z, today or yesterday, nor how long ago, such as 30d, 12h or 2w";

    /// <summary>True where a duration means how long from now, not how long ago.</summary>
    public bool Ahead { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        switch (PipedObject.Bare(inputData))
        {
            case null: return null;
            case DateTimeOffset moment: return moment;
            case DateTime time: return At(time);
            case TimeSpan back: return back >= TimeSpan.Zero ? Ago(back) : throw new FormatException($"'{back:c}' is negative; how long {(Ahead ? "from now" : "ago")} was expected, such as 30d, 12h or 2w.");
        }
        string text = NumberText.Of(inputData);
        return text.ToLowerInvariant() switch
        {
            "now" => DateTimeOffset.UtcNow,
            "today" => At(DateTime.Today),
            "yesterday" => At(DateTime.Today.AddDays(-1)),
            _ => Read(text),
        };
    }

    private DateTimeOffset Read(string text)
    {
        if (DurationText.TryParse(text, out TimeSpan ago)) return Ago(ago);
        // Before a time is tried: 1.5 would be the fifth of January.
        if (NumberText.IsNumber(text, out _)) throw new FormatException(DurationText.WithoutUnit(text));
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset moment)) return moment;
        throw new FormatException($"'{text}' is neither {(Ahead ? Expected.Replace("how long ago", "how long from now", StringComparison.Ordinal) : Expected)}.");
    }

    private DateTimeOffset Ago(TimeSpan back) => Ahead ? DateTimeOffset.UtcNow + back : DateTimeOffset.UtcNow - back;

    /// <summary>A time that says no zone is this machine's. The first and the last there are have no place for a zone.</summary>
    private static DateTimeOffset At(DateTime time)
    {
        try { return new DateTimeOffset(time); }
        catch (ArgumentOutOfRangeException) { return time.Year == 1 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue; }
    }
}
