using OpsModule.Connections.Platforms.Contract.Vantages;
using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
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
    /// <summary>Whether all servers answer a password as is wanted.</summary>
    /// <param name="material">The password.</param>
    /// <param name="wanted">Accepted, or refused.</param>
    /// <param name="known">Passwords by which the servers may be asked who they are.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<SecretProof> AskAsync(SecretMaterial material, RedisLoginAnswer wanted, IReadOnlyList<SecretMaterial?> known,
        CancellationToken cancellationToken)
    {
        CacheSettings cache = context.Environment.Caches[entry.Cache!];
        VantageAnswer at = await ServiceVantages.FindAsync(context, Services(cache), cancellationToken).ConfigureAwait(false);
        using ServiceVantage? vantage = at.Vantage;
        string from = vantage?.Words ?? (at.Reason is null ? "this machine" : $"this machine, because {at.Reason}");
        var words = new List<string>();
        try
        {
            IReadOnlyList<RedisServer> servers = await FindAsync(known, cancellationToken).ConfigureAwait(false);
            foreach (RedisServer server in servers)
            {
                RedisServer there = vantage is null ? server : From(vantage, server, ReferenceEquals(server, servers[0]) ? cache : null);
                (RedisLoginAnswer answer, string said) = await RedisLoginTrial.TryAsync(there, user, material.Value,
                    cancellationToken).ConfigureAwait(false);
                string place = FormattableString.Invariant($"{there.Host}:{there.Port}");
                if (answer != wanted) return new SecretProof(false, $"{place}: {said}", from, answer is RedisLoginAnswer.AcceptsAnything);
                words.Add($"{place}: {said}");
            }
        }
        // No answer is no proof of anything.
        catch (OpsException e)
        {
            return new SecretProof(false, e.Message.TrimEnd('.'), from,
                IsAway: e.Category is OpsErrorCategory.ResourceUnavailable or OpsErrorCategory.OperationTimeout);
        }
        return new SecretProof(true, string.Join("; ", words), from);
    }

    /// <summary>The servers, also where the environment file's login is no longer valid, or is not yet the new one.</summary>
    private async Task<IReadOnlyList<RedisServer>> FindAsync(IReadOnlyList<SecretMaterial?> known, CancellationToken ct)
    {
        try { return await nodes.FindAsync(known, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "CacheLoginRefused" && mark.Places.Count > 0) { return await nodes.AtAsync(mark.Places,
            ct).ConfigureAwait(false); }
    }

    /// <summary>The services that read it; the cache itself, which may read it as well, only where there is no other.</summary>
    private string[] Services(CacheSettings cache) =>
        [.. entry.Uses.SelectMany(u => u.Service is { } service ? u.Services.Prepend(service) : u.Services).Distinct().OrderBy(s =>
            s == cache.Service)];

    /// <summary>
    /// A server as a service knows it: the first one by the name in the network, replicas by the addresses that the primary tells.
    /// </summary>
    private static RedisServer From(ServiceVantage vantage, RedisServer server, CacheSettings? first) => new(server.Settings,
        first is { Service: { } service } ? first.Host ?? service : server.Host, first is { Service: not null } ? first.Port
            : server.Port) { Way = vantage.ConnectAsync };
}
