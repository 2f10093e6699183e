using System.Globalization;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>What systemd tells of a unit.</summary>
public sealed class UnitProperties
{
    private const string Stamp = "ddd yyyy-MM-dd HH:mm:ss 'UTC'";

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The unit's own name; it may be known by others, too.</summary>
    public string Id => this["Id"];

    internal IReadOnlyList<string> Names => this["Names"].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    internal bool IsMissing => this["LoadState"] == "not-found";

    internal bool IsMasked => this["LoadState"] == "masked";

    /// <summary>The value of a property as systemd writes it; empty when systemd did not tell it.</summary>
    public string this[string name] => _values.GetValueOrDefault(name, "");

    /// <summary>Reads <c>Name=value</c> lines.</summary>
    public static UnitProperties Parse(string block)
    {
        var unit = new UnitProperties();
        foreach (string line in block.Split('\n'))
            if (line.IndexOf('=') is > 0 and var at) unit._values[line[..at]] = line[(at + 1)..];
        return unit;
    }

    /// <summary>A number; null for what is not counted or has no limit, which systemd writes in several ways.</summary>
    public long? Number(string name) => long.TryParse(this[name], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    internal DateTimeOffset? Time(string name) =>
        DateTimeOffset.TryParseExact(this[name], Stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
}
