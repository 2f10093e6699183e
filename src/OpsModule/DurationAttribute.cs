using System.Globalization;
using System.Management.Automation;
using OpsModule.Engine.Environments;

namespace OpsModule;

/// <summary>Lets a parameter that is a duration be written as <c>90s</c>, <c>5m</c>, <c>1h30m</c>, or as a number of seconds.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // PowerShell takes a bare 30d for a number; the object around it still knows how it was written.
        object? value = inputData is PSObject { BaseObject: TimeSpan } wrapped ? wrapped.BaseObject : inputData;
        if (value is null or TimeSpan) return value;
        string text = Convert.ToString(value, CultureInfo.InvariantCulture)?.Trim() ?? "";
        if (DurationText.TryParse(text, out TimeSpan duration)) return duration;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= TimeSpan.FromDays(36_500).TotalSeconds) return TimeSpan.FromSeconds(seconds);
        if (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan clock) && clock >= TimeSpan.Zero) return clock;
        throw new FormatException($"'{text}' is not {DurationText.Expected}, nor a number of seconds.");
    }
}
