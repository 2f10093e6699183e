using System.Globalization;

namespace OpsModule.Connections.Platforms.Kubernetes.Asking;

/// <summary>Reads amounts as Kubernetes writes them: <c>250m</c> of a core, <c>128Mi</c>, <c>1e3</c>.</summary>
public static class Quantity
{
    private static readonly (string Suffix, double Factor)[] Suffixes =
    [
        ("Ki", 1024d), ("Mi", 1024d * 1024), ("Gi", 1024d * 1024 * 1024), ("Ti", Math.Pow(1024, 4)), ("Pi", Math.Pow(1024, 5)), ("Ei", Math.Pow(1024, 6)),
        ("n", 1e-9), ("u", 1e-6), ("m", 1e-3), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15), ("E", 1e18), ("", 1),
    ];

    /// <summary>The amount; null when it is none.</summary>
    public static double? Read(string? text)
    {
        if (text is null) return null;
        foreach ((string suffix, double factor) in Suffixes)
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out double amount)) return amount * factor;
        return null;
    }
}
