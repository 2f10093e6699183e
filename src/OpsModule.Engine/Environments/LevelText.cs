using System.Globalization;
using System.Text.RegularExpressions;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Environments;

/// <summary>Levels of thresholds as people write them: <c>20%</c>, <c>500ms</c>, <c>10GiB</c>, <c>14d</c>, <c>3</c>.</summary>
public static partial class LevelText
{
    /// <summary>Reads a level of a figure; durations become seconds, sizes bytes. False when it is none of that unit.</summary>
    public static bool TryParse(string text, FigureUnit unit, out double value)
    {
        value = 0;
        Match match = Pattern().Match(text);
        if (!match.Success) return false;
        string suffix = match.Groups[2].Value;
        if (!(suffix.Length == 0 ? unit != FigureUnit.Duration : UnitOf(text) == unit)) return false;
        value = double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * Factor(suffix);
        return true;
    }

    /// <summary>The unit that a level is written in; a plain number is a count.</summary>
    public static FigureUnit UnitOf(string text) => Pattern().Match(text).Groups[2].Value switch
    {
        "" => FigureUnit.Count,
        "%" => FigureUnit.Percent,
        "ms" or "s" or "m" or "h" or "d" or "w" => FigureUnit.Duration,
        _ => FigureUnit.Bytes,
    };

    /// <summary>What to write for a level of this unit.</summary>
    public static string Expected(FigureUnit unit) => unit switch
    {
        FigureUnit.Percent => "a percentage such as 80%",
        FigureUnit.Duration => "a duration with its unit, such as 500ms or 14d",
        FigureUnit.Bytes => "a size such as 10GiB",
        _ => "a plain number",
    };

    /// <summary>A value of a figure for people.</summary>
    public static string Show(double value, FigureUnit unit) => unit switch
    {
        FigureUnit.Percent => value.ToString("0.#", CultureInfo.InvariantCulture) + "%",
        FigureUnit.Duration => DurationText.Show(TimeSpan.FromSeconds(Math.Clamp(value, -1e11, 1e11))),
        FigureUnit.Bytes => SizeText.Show(value),
        _ when Math.Abs(value) >= 1e6 => (value / 1e6).ToString("0.#", CultureInfo.InvariantCulture) + " M",
        _ => value.ToString(Math.Abs(value) < 1000 ? "0.##" : "N0", CultureInfo.InvariantCulture),
    };

    private static double Factor(string suffix) => suffix switch
    {
        "" or "%" or "s" or "B" => 1,
        "ms" => 0.001,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => Math.Pow(suffix[1] == 'i' ? 1024 : 1000, "KMGT".IndexOf(suffix[0]) + 1),
    };

    [GeneratedRegex(@"^(-?[0-9]{1,15}(?:[.][0-9]{1,6})?) ?(%|ms|[smhdw]|B|[KMGT]i?B)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
