using System.Globalization;
using System.Management.Automation;
using System.Numerics;

namespace OpsModule;

/// <summary>
/// What was written where PowerShell may have read a number. 2d is a decimal, 2s a short and 2y a byte to it; beside a parameter the object
/// around the number still knows how it was written, in a variable or in parentheses nobody does.
/// </summary>
internal static class NumberText
{
    public static string Of(object value) => Convert.ToString(value is PSObject { BaseObject: TimeSpan or DateTime or DateTimeOffset } wrapped ? wrapped.BaseObject : value, CultureInfo.InvariantCulture)?.Trim() ?? "";

    public static bool IsNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    /// <summary>Whether it is of a type that a number in PowerShell only has with a letter behind it.</summary>
    public static bool HadSuffix(object value) => PipedObject.Bare(value) is decimal or short or ushort or byte or sbyte or uint or ulong or BigInteger;
}
