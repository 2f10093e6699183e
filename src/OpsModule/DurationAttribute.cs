using System.Globalization;
using System.Management.Automation;
using OpsModule.Foundations.Text;

namespace OpsModule;

/// <summary>
/// Lets a parameter that is a duration be written as <c>90s</c>, <c>5m</c>, <c>1h30m</c>, or as a TimeSpan. A number without a unit is
/// refused, because PowerShell reads it as days and people do, too, unless <see cref="Waits"/> is set.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationAttribute : ArgumentTransformationAttribute
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>For how long a cmdlet waits: there a number without a unit is seconds, as everywhere in PowerShell.</summary>
    public bool Waits { get; init; }

    /// <summary>True where parts of a second count: then <c>250ms</c> is one as well.</summary>
    public bool Fine { get; init; }

    /// <summary>The shortest one that is taken, as it is written; none at all when nothing is said.</summary>
    public string Least { get; init; } = "0s";

    /// <summary>The longest one that is taken.</summary>
    public string Most { get; init; } = "36500d";

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (inputData is null) return null;
        TimeSpan duration = Read(inputData);
        if (DurationText.TryParseFine(Least, out TimeSpan least) && DurationText.TryParse(Most, out TimeSpan most)
            && (duration < least || duration > most))
            throw new FormatException($"'{NumberText.Of(inputData)}' is out of range: from {Least} to {Most} was expected.");
        return duration;
    }

    private TimeSpan Read(object inputData)
    {
        string text = NumberText.Of(inputData);
        if (PipedObject.Bare(inputData) is TimeSpan given)
            return given >= TimeSpan.Zero ? given : throw new FormatException($"'{given:c}' is negative; {DurationText.Expected} was expected.");
        if (Fine ? DurationText.TryParseFine(text, out TimeSpan duration) : DurationText.TryParse(text, out duration)) return duration;
        if (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan clock) && clock >= TimeSpan.Zero) return clock;
        if (!NumberText.IsNumber(text, out double number))
            throw new FormatException($"'{text}' is not {DurationText.Expected}{(Fine ? ", nor one such as 250ms" : "")}"
                + $"{(Waits ? ", nor a number of seconds" : "")}.");
        if (!Waits) throw new FormatException(DurationText.WithoutUnit(text));
        if (NumberText.HadSuffix(inputData)) throw new FormatException($"'{text}' is a number that PowerShell made of one with a letter behind it, which is gone: 2d becomes 2. Write it as text: '2d', or as [timespan].");
        return number >= 0 && number <= Longest.TotalSeconds ? TimeSpan.FromSeconds(number) : throw new FormatException($"'{text}' is not {DurationText.Expected}, nor a number of seconds.");
    }
}
