using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>Looks at all servers of a cache before a rotation, and changes nothing.</summary>
/// <param name="nodes">How they are reached.</param>
/// <param name="cache">The cache's name.</param>
/// <param name="user">The user.</param>
/// <param name="password">How a password is set and dropped.</param>
internal sealed class RedisSurvey(RedisNodes nodes, string cache, string user, IRedisPassword password)
{
    private const string Between = ", ";

    private readonly List<PlanIdentity> _identities = [];
    private readonly List<string> _warnings = [], _kept = [], _links = [];

    /// <exception cref="OpsException">What forbids it.</exception>
    public async Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken)
    {
        IReadOnlyList<RedisServer> servers = await nodes.FindAsync([current], cancellationToken).ConfigureAwait(false);
        foreach (RedisServer server in servers)
        {
            using RedisAdministration node = await OpenAsync(server, current, cancellationToken).ConfigureAwait(false);
            await LookAsync(node, current, cancellationToken).ConfigureAwait(false);
        }
        _identities.Insert(0, new PlanIdentity(ServersOf(cache), string.Join(Between, servers.Select(RedisNodes.PlaceOf))));
        if (_links.Count > 0) _warnings.Add($"{string.Join(", ", _links)} {(_links.Count == 1 ? "logs" : "log")} in to the primary as "
            + $"{user}: masterauth is set there, too, and travels in clear unless the cache has tls.");
        return new SecretSurvey
        {
            Identities = _identities, Overlaps = password.Overlaps, Warnings = _warnings, SetWords = SetWords(servers),
                DropWords = DropWords(servers.Count),
            Gap = password.Overlaps ? null
                : "Who logs in with the old password after the new one is set is refused until the service is replaced; sessions that are "
                    + "open go on.",
        };
    }

    /// <summary>The servers that a plan was made for.</summary>
    public static IReadOnlyList<string> Planned(ChangePlan plan, string cache) =>
        plan.Identities.FirstOrDefault(i => i.Name == ServersOf(cache))?.Value.Split(Between) ?? [];

    private static string ServersOf(string cache) => $"servers of cache {cache}";

    private async Task LookAsync(RedisAdministration node, SecretMaterial? current, CancellationToken ct)
    {
        RedisAccount account = await node.FindAsync(user, ct).ConfigureAwait(false) ?? throw RedisUserPassword.Missing(node.Place, cache,
            user);
        RedisRole role = await node.ReadRoleAsync(ct).ConfigureAwait(false);
        // Its replicas stand in no list of the primary: they would keep the old password, and never get the new one.
        if (role.Primary is not null && role.Replicas.Count > 0)
            throw RedisSecretErrors.RedisNotRotatable.Make($"{node.Place} is a replica of the cache {cache}, and has replicas of its own: "
                + $"{string.Join(", ", role.Replicas.Select(r => $"{r.Host}:{r.Port}"))}. Users are not replicated, and those are out of reach.",
                "Make them replicas of the primary (REPLICAOF) for the rotation, or change their users by hand.", cache);
        if (account.TakesAnything || !account.IsOn)
            throw RedisSecretErrors.RedisUserUnprotected.Make($"The user {user} of {node.Place} "
                + $"{(account.TakesAnything ? "takes every password (nopass)" : "is off")}: no password of it means anything.",
                account.TakesAnything ? $"Give it one: ACL SETUSER {user} resetpass '#SHA-256', where nobody uses it without."
                    : $"Switch it on (ACL SETUSER {user} on), or correct the secret's user.", cache);
        if (current is not null && !account.Has(current.Value))
            throw RedisSecretErrors.RedisPasswordUnknown.Make($"What the uses of the secret say is no password of {user} at {node.Place}, "
                + $"which has {account.Hashes.Count} others.",
                "Find out which one is right: put it into the uses, or set it there. Users are not replicated: each server has its own.",
                    cache);
        string kept = await password.LookAsync(node, account, current, ct).ConfigureAwait(false);
        _kept.Add(kept);
        _identities.Add(new PlanIdentity($"user {user} of {node.Place}",
            FormattableString.Invariant($"on, {account.Hashes.Count} passwords, kept by {kept}")));
        int others = account.Hashes.Count - (current is null ? 0 : 1);
        if (password.Overlaps && others > 0) _warnings.Add($"The user {user} of {node.Place} has {others} more "
            + $"{(others == 1 ? "password" : "passwords")}, which {(others == 1 ? "stays" : "stay")} valid.");
        if (await new RedisReplicaLink(cache, user).LookAsync(node, ct).ConfigureAwait(false)) _links.Add(node.Place);
        RedisClient[] sentinels = [.. (await node.ListSessionsAsync(ct).ConfigureAwait(false)).Where(c => c.IsSentinel && c.User == user)];
        if (sentinels.Length > 0)
            throw RedisSecretErrors.RedisNotRotatable.Make(
                $"Sentinels at {string.Join(", ", sentinels.Select(s => s.Address).Distinct())} log in to {node.Place} as {user}, and this "
                + "version does not tell them the new password: refused, they would take the server for down, and begin a failover.",
                $"Give them a user of their own at each server (ACL SETUSER sentinel on '#SHA-256' allchannels +multi +slaveof +ping +exec "
                + "+subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill), and tell each sentinel: "
                + "SENTINEL SET NAME auth-user sentinel, SENTINEL SET NAME auth-pass ..., SENTINEL FLUSHCONFIG.", cache);
    }

    /// <summary>A replica that cannot be reached would keep the old password alone, and nobody would know.</summary>
    private async Task<RedisAdministration> OpenAsync(RedisServer server, SecretMaterial? current, CancellationToken ct)
    {
        try { return await nodes.OpenAsync(server, [current], ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "CacheUnreachable")
        {
            throw RedisSecretErrors.RedisNotRotatable.Make($"{server.Host}:{server.Port} belongs to the cache {cache} and cannot be "
                + $"reached from here: {e.Message.TrimEnd('.')}. Users are not replicated.",
                "Let this machine reach it, or take it out of the replication.", cache, e);
        }
    }

    private string SetWords(IReadOnlyList<RedisServer> servers)
    {
        string where = servers.Count == 1 ? $"{servers[0].Host}:{servers[0].Port}"
            : $"{servers[0].Host}:{servers[0].Port} and {servers.Count - 1} of its replicas";
        return password.Overlaps ? $"Give the user {user} at {where} the new password beside the old one, as its SHA-256 "
            + $"({string.Join(", ", _kept.Distinct())})."
            : $"Set requirepass at {where}, in place of the old one ({string.Join(", ", _kept.Distinct())}). It travels in clear unless "
                + $"the cache has tls.";
    }

    private string DropWords(int servers)
    {
        string where = servers == 1 ? "there" : $"at all {servers} servers";
        return password.Overlaps ? $"Take the old password of {user} away {where}, and then end all its sessions that began before, because "
                + "Redis does not tell which of them came with the old one: clients come again with the new one. Links of replicas live on. "
                + "Before that, sessions are counted that began before the new one was set, and no others."
            : $"The old password is gone since the new one was set; end the sessions {where} that are older.";
    }
}
