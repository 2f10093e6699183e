using System.Globalization;

namespace OpsModule.Connections.Redis.Accounts;

/// <summary>A session of a server, as <c>CLIENT LIST</c> tells of it.</summary>
/// <param name="Id">Its number: later sessions have higher ones, as long as the server runs.</param>
/// <param name="Address">Where it comes from, without the port.</param>
/// <param name="Name">What it calls itself; empty for nothing.</param>
/// <param name="User">Who has logged in.</param>
/// <param name="IsReplication">True for the link of a replica, or of its primary.</param>
public sealed record RedisClient(long Id, string Address, string Name, string User, bool IsReplication)
{
    /// <summary>What sentinels call their connections.</summary>
    private const string Sentinel = "sentinel-";

    /// <summary>True when it calls itself a sentinel's.</summary>
    public bool IsSentinel => Name.StartsWith(Sentinel, StringComparison.Ordinal);

    /// <summary>The sessions of the server's list.</summary>
    internal static IReadOnlyList<RedisClient> Read(string list) => [.. list.Split('\n',
        StringSplitOptions.RemoveEmptyEntries).Select(ReadLine).OfType<RedisClient>()];

    private static RedisClient? ReadLine(string line)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        // A name holds no blank: the server refuses one.
        foreach (string field in line.TrimEnd('\r').Split(' '))
            if (field.IndexOf('=') is > 0 and var equals) fields.TryAdd(field[..equals], field[(equals + 1)..]);
        if (!long.TryParse(fields.GetValueOrDefault("id"), NumberStyles.None, CultureInfo.InvariantCulture, out long id)) return null;
        string address = fields.GetValueOrDefault("addr", ""), flags = fields.GetValueOrDefault("flags", "");
        return new RedisClient(id, address.LastIndexOf(':') is > 0 and var colon ? address[..colon] : address,
            fields.GetValueOrDefault("name", ""),
            fields.GetValueOrDefault("user", ""), flags.Contains('S') || flags.Contains('M'));
    }
}
