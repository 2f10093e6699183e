using System.Globalization;
using System.Management.Automation;
using OpsModule.Engine.Environments;

namespace OpsModule;

/// <summary>Lets a parameter that is a moment also take how long ago it was: <c>30d</c>, <c>12h</c>, <c>2w</c>, or a TimeSpan. A number without a unit is refused.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MomentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData as PSObject)?.BaseObject is TimeSpan or null && (inputData is PSObject { BaseObject: TimeSpan span } ? span : inputData as TimeSpan?) is { } back)
            return back >= TimeSpan.Zero ? DateTimeOffset.UtcNow - back : throw new FormatException($"'{back:c}' is negative; how long ago was expected, such as 30d, 12h or 2w.");
        // PowerShell takes a bare 30d or 90s for a number; the object around it still knows how it was written.
        object? plain = inputData is PSObject { BaseObject: DateTime or DateTimeOffset } dated ? dated.BaseObject : inputData;
        if (plain is null or DateTime or DateTimeOffset) return inputData;
        string text = Convert.ToString(plain, CultureInfo.InvariantCulture)?.Trim() ?? "";
        if (text.Length == 0) return inputData;
        if (DurationText.TryParse(text, out TimeSpan ago)) return DateTimeOffset.UtcNow - ago;
        // Before a time is tried: 1.5 would be the fifth of January.
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) throw new FormatException(DurationText.WithoutUnit(text));
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset moment)) return moment;
        throw new FormatException($"'{text}' is neither a time such as 2026-11-21T03:16:00Z nor how long ago, such as 30d, 12h or 2w.");
    }
}
