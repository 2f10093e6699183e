using System.Globalization;
using System.Text.RegularExpressions;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Limits;

/// <summary>What instances of a service may use at most. What is null stays as it is.</summary>
public sealed partial record ServiceLimits
{
    /// <summary>Less memory than this no container starts with.</summary>
    private const long LeastMemory = 6L << 20;

    /// <summary>Units of a cluster, those first that make short texts.</summary>
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("Ti", 1L << 40), ("Gi", 1L << 30), ("Mi", 1L << 20), ("T", 1_000_000_000_000), ("G", 1_000_000_000), ("M", 1_000_000),
            ("Ki", 1L << 10),
    ];

    /// <summary>Memory.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Thousandths of a processor.</summary>
    public int? CpuMillis { get; init; }

    /// <summary>The size at which a file of output is rotated.</summary>
    public long? LogBytes { get; init; }

    /// <summary>How many files of output are kept.</summary>
    public int? LogFiles { get; init; }

    /// <summary>True when nothing is asked for.</summary>
    public bool IsEmpty => this is { MemoryBytes: null, CpuMillis: null, LogBytes: null, LogFiles: null };

    /// <summary>Memory as a cluster writes it: <c>512Mi</c>.</summary>
    public string? ClusterMemory => MemoryBytes is not { } bytes ? null
        : Units.FirstOrDefault(u => bytes % u.Factor == 0) is { Suffix: { } suffix } unit ? $"{bytes / unit.Factor}{suffix}"
            : bytes.ToString(CultureInfo.InvariantCulture);

    /// <summary>Processors as a cluster writes them: <c>500m</c>.</summary>
    public string? ClusterCpu => CpuMillis is not { } millis ? null : millis % 1000 == 0 ? (millis / 1000)
        .ToString(CultureInfo.InvariantCulture) : $"{millis}m";

    /// <summary>Reads what somebody wrote.</summary>
    /// <param name="memory"><c>512m</c>, <c>1g</c>, <c>1Gi</c>, or bytes.</param>
    /// <param name="cpu"><c>0.5</c>, <c>500m</c>, <c>2</c>.</param>
    /// <param name="logSize">As memory.</param>
    /// <param name="logFiles">How many files.</param>
    /// <param name="inCluster">True where <c>512M</c> is 512 million bytes; Compose takes that as 512 MiB.</param>
    /// <exception cref="OpsException"><c>LimitInvalid</c>.</exception>
    public static ServiceLimits Of(string? memory, string? cpu, string? logSize, int? logFiles, bool inCluster)
    {
        var limits = new ServiceLimits
        {
            MemoryBytes = memory is null ? null : Bytes(memory, inCluster), CpuMillis = cpu is null ? null : Millis(cpu),
            LogBytes = logSize is null ? null : Bytes(logSize, inCluster), LogFiles = logFiles,
        };
        return limits.MemoryBytes < LeastMemory ? throw Invalid(memory!, $"a container needs {SizeText.Show(LeastMemory)} at least")
            : limits;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", new[]
    {
        MemoryBytes is { } memory ? $"memory {SizeText.Show(memory)}" : null, CpuMillis is { } cpu
            ? $"cpu {(cpu / 1000d).ToString(CultureInfo.InvariantCulture)}" : null,
        LogBytes is { } log ? $"files of output up to {SizeText.Show(log)}" : null, LogFiles is { } files ? $"{files} of them" : null,
    }.OfType<string>());

    private static long Bytes(string text, bool inCluster)
    {
        Match match = SizePattern().Match(text.Trim());
        if (!match.Success || !double.TryParse(match.Groups["number"].Value, NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out double number))
            throw Invalid(text, "a size is a number and a unit, as in 512m, 1g, 1Gi");
        string unit = match.Groups["unit"].Value;
        bool isDecimal = inCluster && match.Groups["more"].Length == 0 && unit.Length == 1 && char.IsUpper(unit[0]);
        int power = unit.Length == 0 ? 0 : "kmgt".IndexOf(char.ToLowerInvariant(unit[0])) + 1;
        double bytes = number * Math.Pow(isDecimal ? 1000 : 1024, power);
        return bytes is >= 1 and < long.MaxValue / 2 ? (long)Math.Round(bytes) : throw Invalid(text, "that is no size");
    }

    private static int Millis(string text)
    {
        Match match = CpuPattern().Match(text.Trim());
        if (!match.Success || !double.TryParse(match.Groups["number"].Value, NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out double number))
            throw Invalid(text, "processors are a number as in 0.5 or 2, or thousandths as in 500m");
        double millis = match.Groups["milli"].Length > 0 ? number : number * 1000;
        return millis is >= 1 and <= 1_000_000 && Math.Abs(millis - Math.Round(millis)) < 1e-6 ? (int)Math.Round(millis)
            : throw Invalid(text, "the least is a thousandth of a processor");
    }

    private static OpsException Invalid(string text, string why) =>
        LimitErrors.LimitInvalid.Make($"'{text}' cannot be read: {why}.", "Write it as 512m, 1Gi or 0.5.", text);

    [GeneratedRegex("^(?<number>[0-9]+(?:[.][0-9]+)?)(?<unit>[kKmMgGtT]?)(?<more>[iI]?[bB]?)$")]
    private static partial Regex SizePattern();

    [GeneratedRegex("^(?<number>[0-9]+(?:[.][0-9]+)?)(?<milli>m?)$")]
    private static partial Regex CpuPattern();
}
