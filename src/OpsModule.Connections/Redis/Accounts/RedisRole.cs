using System.Globalization;

namespace OpsModule.Connections.Redis.Accounts;

/// <summary>What a server is among others, and where it keeps its settings, as <c>INFO</c> tells.</summary>
/// <param name="Run">Which run of the server it is; another one after each start.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsCluster">True for a node of a Redis Cluster.</param>
/// <param name="Primary">Of a replica: the server that it follows; null for a primary.</param>
/// <param name="Replicas">Of a primary: its replicas, at the addresses that it knows.</param>
/// <param name="ConfigFile">The file that it was started with; null for none.</param>
public sealed record RedisRole(string Run, Version Version, bool IsCluster, (string Host, int Port)? Primary,
    IReadOnlyList<(string Host, int Port)> Replicas, string? ConfigFile)
{
    internal static RedisRole Read(IReadOnlyDictionary<string, string> info)
    {
        string Of(string key) => info.GetValueOrDefault(key, "");
        (string, int)? primary = Of("role") == "slave" && Port(Of("master_port")) is { } port ? (Of("master_host"), port) : null;
        return new RedisRole(Of("run_id"), Version.TryParse(Of("redis_version"), out Version? version) ? version : new Version(0, 0),
            Of("redis_mode") == "cluster", primary, [.. ReplicasOf(info)], Of("config_file") is { Length: > 0 } file ? file : null);
    }

    /// <summary>Each is a line <c>slave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0</c>.</summary>
    private static IEnumerable<(string Host, int Port)> ReplicasOf(IReadOnlyDictionary<string, string> info)
    {
        for (int number = 0; info.TryGetValue(FormattableString.Invariant($"slave{number}"), out string? line); number++)
        {
            Dictionary<string, string> fields = line.Split(',').Select(f => f.Split('=', 2)).Where(f => f.Length == 2).ToDictionary(f =>
                f[0], f => f[1]);
            if (fields.TryGetValue("ip", out string? host) && Port(fields.GetValueOrDefault("port", "")) is { } port) yield return (host,
                port);
        }
    }

    private static int? Port(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port > 0
        ? port : null;
}
