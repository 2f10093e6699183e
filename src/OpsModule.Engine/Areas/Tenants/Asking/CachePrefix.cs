using System.Text;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Asking;

/// <summary>Takes keys of a cache away that begin alike, some at a time: others are served meanwhile.</summary>
internal static class CachePrefix
{
    private const string AtATime = "1000", First = "0";

    /// <summary>Takes them away; those that come while it looks may stay.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="Foundations.Errors.OpsException"><c>CacheRefused</c>, <c>CacheLoginRefused</c>,
    /// <c>CacheUnreachable</c>.</exception>
    public static async Task<long> RemoveAsync(ChangeRun run, RedisServer server, string prefix, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (prefix.Length == 0) throw new FormatException("A prefix of nothing would be every key.");
        using RedisConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        string pattern = PatternOf(prefix), cursor = First;
        long removed = 0;
        do
        {
            RedisReply page = await CallAsync(connection, ["SCAN", cursor, "MATCH", pattern, "COUNT", AtATime], ct).ConfigureAwait(false);
            if (page is not RedisList { Items: [var next, RedisList keys] }) throw connection.Refused("SCAN",
                new RedisError("ERR no page"));
            // The server's pattern is its own business: no other key is taken away, whatever it matches.
            string[] found = [.. keys.Items.Select(k => k.Text).Where(k => k.StartsWith(prefix, StringComparison.Ordinal))];
            if (found.Length > 0 && await CallAsync(connection, ["UNLINK", .. found], ct).ConfigureAwait(false) is RedisNumber gone)
                removed += gone.Value;
            cursor = next.Text;
        }
        while (cursor != First);
        return removed;
    }

    /// <summary>A pattern of Redis that matches what begins so, and nothing else.</summary>
    internal static string PatternOf(string prefix)
    {
        var pattern = new StringBuilder();
        foreach (char c in prefix)
        {
            if (c is '*' or '?' or '[' or ']' or '\\' or '^' or '-') pattern.Append('\\');
            pattern.Append(c);
        }
        return pattern.Append('*').ToString();
    }

    private static async Task<RedisReply> CallAsync(RedisConnection connection, IReadOnlyList<string> command, CancellationToken ct)
    {
        RedisReply reply = await connection.CallAsync(command, ct).ConfigureAwait(false);
        return reply is RedisError error ? throw connection.Refused(command[0], error) : reply;
    }
}
