using System.Globalization;
using System.Management.Automation;
using OpsModule.Engine.Environments;

namespace OpsModule;

/// <summary>
/// Lets a parameter that is a duration be written as <c>90s</c>, <c>5m</c>, <c>1h30m</c>, or as a TimeSpan. A number without a unit is
/// refused, because PowerShell reads it as days and people do, too, unless <see cref="Waits"/> is set.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationAttribute : ArgumentTransformationAttribute
{
    /// <summary>For how long a cmdlet waits: there a number without a unit is seconds, as everywhere in PowerShell.</summary>
    public bool Waits { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // PowerShell takes a bare 30d for a number; the object around it still knows how it was written.
        object? value = inputData is PSObject { BaseObject: TimeSpan } wrapped ? wrapped.BaseObject : inputData;
        if (value is null) return value;
        if (value is TimeSpan given)
            return given >= TimeSpan.Zero ? given : throw new FormatException($"'{given:c}' is negative; {DurationText.Expected} was expected.");
        string text = Convert.ToString(value, CultureInfo.InvariantCulture)?.Trim() ?? "";
        if (DurationText.TryParse(text, out TimeSpan duration)) return duration;
        if (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan clock) && clock >= TimeSpan.Zero) return clock;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) throw new FormatException($"'{text}' is not {DurationText.Expected}{(Waits ? ", nor a number of seconds" : "")}.");
        if (!Waits) throw new FormatException(DurationText.WithoutUnit(text));
        return number >= 0 && number <= TimeSpan.FromDays(36_500).TotalSeconds ? TimeSpan.FromSeconds(number) : throw new FormatException($"'{text}' is not {DurationText.Expected}, nor a number of seconds.");
    }
}
