using System.Globalization;

namespace OpsModule.Foundations.Text;

/// <summary>How many bytes, as a person says it: 258.0 GiB, not 264,192.0 MiB.</summary>
public static class SizeText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>The size with one decimal, never longer than nine characters; the same in every culture.</summary>
    public static string Show(double bytes)
    {
        int unit = 0;
        for (; Math.Abs(bytes) >= 999.95 && unit < Units.Length - 1; unit++) bytes /= 1024;
        return bytes.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }
}
