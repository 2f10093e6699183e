using System.Net.Sockets;
using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>
/// Tries a password at all servers of a cache, from where a service that uses it stands, or, where that cannot be, from here.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="entry">The secret.</param>
/// <param name="nodes">Its servers.</param>
/// <param name="mark">The servers that the rotation was made at.</param>
/// <param name="user">The user.</param>
internal sealed class RedisProof(OpsContext context, SecretEntry entry, RedisNodes nodes, RedisSessionMark mark, string user)
{
    private const int Usual = 6379;

    /// <summary>Whether all servers answer a password as is wanted.</summary>
    /// <param name="material">The password.</param>
    /// <param name="wanted">Accepted, or refused.</param>
    /// <param name="known">Passwords by which the servers may be asked who they are.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<SecretProof> AskAsync(SecretMaterial material, RedisLoginAnswer wanted, IReadOnlyList<SecretMaterial?> known,
        CancellationToken cancellationToken)
    {
        CacheSettings cache = context.Environment.Caches[entry.Cache!];
        (string Host, int Port)? there = PlaceThere(entry, cache);
        using ProofStand stand = await ProofStand.FindAsync(context, entry, cache.Service, there is not null, cancellationToken)
            .ConfigureAwait(false);
        ((SecretProof proof, bool _), string from) = await stand.AskAsync(way => AskAsync(material, wanted, known,
            way is null ? null : (way, there!.Value), cancellationToken), answer => !answer.IsAnswered).ConfigureAwait(false);
        return proof with { From = from };
    }

    /// <summary>
    /// Where services find the cache. A service without a host is found by its name: there, this machine's own address is the instance's.
    /// </summary>
    internal static (string Host, int Port)? PlaceThere(SecretEntry entry, CacheSettings cache) =>
        AddressThere.Of(entry, "redis", cache.Service, cache.Host, cache.Port, Usual);

    private async Task<(SecretProof Proof, bool IsAnswered)> AskAsync(SecretMaterial material, RedisLoginAnswer wanted,
        IReadOnlyList<SecretMaterial?> known,
        (Func<string, int, CancellationToken, Task<Socket>> Way, (string Host, int Port) Place)? there, CancellationToken ct)
    {
        var words = new List<string>();
        try
        {
            IReadOnlyList<RedisServer> servers = await FindAsync(known, ct).ConfigureAwait(false);
            foreach (RedisServer server in servers)
            {
                RedisServer meant = there is not { } other ? server
                    : From(server, other.Way, ReferenceEquals(server, servers[0]) ? other.Place : (server.Host, server.Port));
                (RedisLoginAnswer answer, string said) = await RedisLoginTrial.TryAsync(meant, user, material.Value, ct)
                    .ConfigureAwait(false);
                string place = FormattableString.Invariant($"{meant.Host}:{meant.Port}");
                if (answer != wanted)
                    return (new SecretProof(false, $"{place}: {said}", "", answer is RedisLoginAnswer.AcceptsAnything), true);
                words.Add($"{place}: {said}");
            }
        }
        // No answer is no proof of anything.
        catch (OpsException e)
        {
            return (new SecretProof(false, e.Message.TrimEnd('.'), "",
                IsAway: e.Category is OpsErrorCategory.ResourceUnavailable or OpsErrorCategory.OperationTimeout), false);
        }
        return (new SecretProof(true, string.Join("; ", words), ""), true);
    }

    /// <summary>The servers, also where the environment file's login is no longer valid, or is not yet the new one.</summary>
    private async Task<IReadOnlyList<RedisServer>> FindAsync(IReadOnlyList<SecretMaterial?> known, CancellationToken ct)
    {
        try { return await nodes.FindAsync(known, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "CacheLoginRefused" && mark.Places.Count > 0) { return await nodes.AtAsync(mark.Places,
            ct).ConfigureAwait(false); }
    }

    /// <summary>
    /// A server as a service knows it: the first one by its name there, replicas by the addresses that the primary tells.
    /// </summary>
    private static RedisServer From(RedisServer server, Func<string, int, CancellationToken, Task<Socket>> way,
        (string Host, int Port) place) => new(server.Settings, place.Host, place.Port) { Way = way };
}
