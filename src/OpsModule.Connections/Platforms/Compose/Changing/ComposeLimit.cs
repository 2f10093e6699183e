using System.Globalization;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose.Changing;

/// <summary>The limits of one service in our own compose file; what is null is left to the other files.</summary>
/// <param name="Memory">Bytes.</param>
/// <param name="Cpus">Processors: <c>0.5</c>.</param>
/// <param name="LogMaxSize">Size of a file of output, in bytes.</param>
/// <param name="LogMaxFile">How many of them.</param>
public sealed record ComposeLimit(long? Memory = null, decimal? Cpus = null, long? LogMaxSize = null, int? LogMaxFile = null)
{
    /// <summary>True when nothing is limited.</summary>
    public bool IsEmpty => this == new ComposeLimit();

    /// <summary>These, and where they say nothing, those.</summary>
    public ComposeLimit Over(ComposeLimit? other) => other is null ? this
        : new ComposeLimit(Memory ?? other.Memory, Cpus ?? other.Cpus, LogMaxSize ?? other.LogMaxSize, LogMaxFile ?? other.LogMaxFile);

    /// <summary>In words that stay the same as long as the limits do, for a plan or the journal.</summary>
    public override string ToString() => IsEmpty ? "none" : string.Create(CultureInfo.InvariantCulture,
        $"{Memory};{Cpus};{LogMaxSize};{LogMaxFile}");

    /// <summary>Reads those words.</summary>
    /// <exception cref="FormatException">They are none.</exception>
    public static ComposeLimit Parse(string text)
    {
        if (text == "none") return new ComposeLimit();
        string[] parts = text.Split(';');
        return parts.Length != 4 ? throw new FormatException($"'{text}' says no limits.")
            : new ComposeLimit(Number(parts[0]), parts[1].Length == 0 ? null
                : decimal.Parse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture),
                Number(parts[2]), (int?)Number(parts[3]));
    }

    /// <summary>Those that a service of the file has.</summary>
    internal static ComposeLimit Read(YamlMap? service)
    {
        YamlMap? deployed = ((service?["deploy"] as YamlMap)?["resources"] as YamlMap)?["limits"] as YamlMap;
        YamlMap? options = (service?["logging"] as YamlMap)?["options"] as YamlMap;
        return new ComposeLimit(Number(service?.Text("mem_limit") ?? deployed?.Text("memory")),
            decimal.TryParse(service?.Text("cpus") ?? deployed?.Text("cpus"), NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out decimal cpus) ? cpus : null,
            Number(options?.Text("max-size")?.TrimEnd('b')), (int?)Number(options?.Text("max-file")));
    }

    private static long? Number(string? text) => string.IsNullOrEmpty(text) ? null
        : long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
