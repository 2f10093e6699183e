using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Redis;

/// <summary>Which commands only read. A check may look at a cache and at nothing else; what is not known is not sent.</summary>
public static class ReadingCommands
{
    // What COMMAND INFO does not call read-only although it changes nothing, or says only of a whole family of which some change much.
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "PING", "ECHO", "TIME", "INFO", "DBSIZE", "LASTSAVE", "ROLE",
        "CONFIG GET", "CLIENT LIST", "CLIENT INFO", "CLIENT ID", "CLIENT GETNAME", "CLUSTER INFO", "CLUSTER NODES", "CLUSTER SLOTS", "CLUSTER SHARDS", "CLUSTER MYID",
        "CLUSTER KEYSLOT", "CLUSTER COUNTKEYSINSLOT", "COMMAND COUNT", "COMMAND INFO", "MEMORY USAGE", "MEMORY STATS", "MEMORY DOCTOR", "LATENCY LATEST", "LATENCY HISTORY",
        "LATENCY DOCTOR", "SLOWLOG LEN", "SLOWLOG GET", "ACL WHOAMI", "ACL LIST", "ACL USERS", "ACL CAT", "MODULE LIST", "FUNCTION LIST", "FUNCTION STATS",
        "OBJECT ENCODING", "OBJECT IDLETIME", "OBJECT FREQ", "OBJECT REFCOUNT", "XINFO STREAM", "XINFO GROUPS", "XINFO CONSUMERS", "PUBSUB CHANNELS", "PUBSUB NUMSUB", "PUBSUB NUMPAT",
        "PUBSUB SHARDCHANNELS", "PUBSUB SHARDNUMSUB", "SCRIPT EXISTS", "SENTINEL MASTERS", "SENTINEL MASTER", "SENTINEL REPLICAS", "SENTINEL SENTINELS", "SENTINEL CKQUORUM",
        "SENTINEL GET-MASTER-ADDR-BY-NAME",
        // Those that checks are usually made of, so that a role without COMMAND may ask them.
        "GET", "STRLEN", "EXISTS", "TYPE", "TTL", "PTTL", "LLEN", "LINDEX", "LRANGE", "SCARD", "SISMEMBER", "HGET", "HLEN", "HEXISTS", "ZCARD", "ZCOUNT", "ZSCORE", "ZRANGE",
        "ZRANGEBYSCORE", "XLEN", "XRANGE", "XREVRANGE", "XPENDING", "BITCOUNT", "GETBIT", "MGET", "HMGET",
    };

    /// <summary>Families whose members differ: the second word counts, and what is not in the list is not asked for.</summary>
    private static readonly HashSet<string> Families = new(Known.Where(k => k.Contains(' ')).Select(k => k.Split(' ')[0]), StringComparer.OrdinalIgnoreCase);

    /// <summary>Lets a command pass that only reads: one of the list, or one of which the server itself says so, as of those of its modules.</summary>
    /// <exception cref="OpsException"><c>CommandNotReading</c>.</exception>
    public static async Task CheckAsync(RedisConnection connection, IReadOnlyList<string> command, string whose, CancellationToken ct)
    {
        string name = command.Count > 0 ? command[0] : "";
        string full = Families.Contains(name) && command.Count > 1 ? $"{name} {command[1]}" : name;
        if (Known.Contains(full)) return;
        if (name.Length > 0 && !Families.Contains(name))
        {
            RedisReply said = await connection.CallAsync(["COMMAND", "INFO", name], ct).ConfigureAwait(false);
            if (said is RedisList { Items: [RedisText { Value: null }] }) throw connection.Refused(name, new RedisError($"ERR it has no such command (asked for by {whose})"));
            if (SaysSo(said)) return;
        }
        throw new OpsException("CommandNotReading", OpsErrorCategory.InvalidArgument, $"{whose} asks for {full.ToUpperInvariant()}, and it is not sent: nobody vouches that it only reads.",
            "Let the check use a command that reads, such as LLEN, ZCARD or XLEN.", whose);
    }

    /// <summary>Name, arity and flags of one command; of one that is not there, null.</summary>
    private static bool SaysSo(RedisReply reply)
    {
        if (reply is not RedisList { Items: [RedisList { Items: [_, _, RedisList flags, ..] }] }) return false;
        string[] said = [.. flags.Items.Select(f => f.Text)];
        return said.Contains("readonly") && !said.Contains("write") && !said.Contains("admin") && !said.Contains("blocking") && !said.Contains("pubsub");
    }
}
