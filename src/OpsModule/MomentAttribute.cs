using System.Globalization;
using System.Management.Automation;
using OpsModule.Engine.Environments;

namespace OpsModule;

/// <summary>Lets a parameter that is a moment also take how long ago it was: <c>30d</c>, <c>12h</c>, <c>2w</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MomentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // PowerShell takes a bare 30d or 90s for a number; the object around it still knows how it was written.
        string? text = inputData is PSObject { BaseObject: not (DateTime or DateTimeOffset) } written ? written.ToString() : inputData as string;
        if (string.IsNullOrWhiteSpace(text)) return inputData;
        if (DurationText.TryParse(text.Trim(), out TimeSpan ago)) return DateTimeOffset.UtcNow - ago;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset moment)) return moment;
        throw new FormatException($"'{text}' is neither a time such as 2026-11-21T03:16:00Z nor how long ago, such as 30d, 12h or 2w.");
    }
}
