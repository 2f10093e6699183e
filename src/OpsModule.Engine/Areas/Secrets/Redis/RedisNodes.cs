using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>
/// The servers of a cache: the primary first, then its replicas. Users are not replicated, so that each is told by itself.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="cache">The cache's name.</param>
/// <param name="user">The user whose password is rotated.</param>
internal sealed class RedisNodes(OpsContext context, string cache, string user)
{
    private static readonly Version Oldest = new(6, 0);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>The servers, without a connection to any.</summary>
    /// <param name="known">Passwords of the user that may have become valid or invalid meanwhile; the environment file's login is tried
    /// first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>RedisNotRotatable</c>, and what connecting throws.</exception>
    public async Task<IReadOnlyList<RedisServer>> FindAsync(IReadOnlyList<SecretMaterial?> known, CancellationToken cancellationToken)
    {
        RedisServer first = await CacheServers.ResolveAsync(context, cache, cancellationToken).ConfigureAwait(false);
        RedisRole role = await ReadRoleAsync(first, known, cancellationToken).ConfigureAwait(false);
        RedisServer primary = first;
        if (role.Primary is { } at)
        {
            primary = At(first, at);
            role = await ReadRoleAsync(primary, known, cancellationToken).ConfigureAwait(false);
            if (role.Primary is not null)
                throw RedisSecretErrors.RedisNotRotatable.Make($"The cache {cache} is a replica of a replica "
                    + $"({primary.Host}:{primary.Port}).", "Name the primary under caches: in the environment file.", cache);
        }
        // The one that was named keeps the address by which it is reached.
        return [primary, .. role.Replicas.Select(r => At(first, r)).Where(r => (r.Host, r.Port) != (first.Host, first.Port)),
            .. ReferenceEquals(primary, first) ? [] : (RedisServer[])[first]];
    }

    /// <summary>Servers that were found earlier, by their addresses.</summary>
    public async Task<IReadOnlyList<RedisServer>> AtAsync(IEnumerable<string> places, CancellationToken cancellationToken)
    {
        RedisServer first = await CacheServers.ResolveAsync(context, cache, cancellationToken).ConfigureAwait(false);
        return [.. places.Select(Address.Parse).OrderByDescending(p => p == (first.Host, first.Port)).Select(p => At(first, p))];
    }

    /// <summary>
    /// The servers, with all that the rotation is made at: one that is left out would keep the old password alone. Right after a restart a
    /// primary does not know its replicas yet, which is waited for.
    /// </summary>
    /// <exception cref="OpsException">As above, and <c>RedisServerMissing</c>.</exception>
    public async Task<IReadOnlyList<RedisServer>> FindAsync(IReadOnlyList<SecretMaterial?> known, IReadOnlyCollection<string> noted,
        CancellationToken cancellationToken)
    {
        long start = context.Time.GetTimestamp();
        while (true)
        {
            IReadOnlyList<RedisServer> found = await FindAsync(known, cancellationToken).ConfigureAwait(false);
            string[] missing = [.. noted.Except(found.Select(PlaceOf))];
            if (missing.Length == 0) return found;
            if (context.Time.GetElapsedTime(start) > Patience)
                throw RedisSecretErrors.RedisServerMissing.Make($"The password of {user} is changed at {string.Join(" and ", missing)}, "
                    + $"too, and the cache {cache} does not name it now.", "Bring it back, and go on: Resume-OpsChange. One that is gone "
                    + "for good: take the rotation back (Undo-OpsChange), and begin anew.", cache);
            await Task.Delay(Pause, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A server in words.</summary>
    public static string PlaceOf(RedisServer server) => FormattableString.Invariant($"{server.Host}:{server.Port}");

    /// <summary>
    /// Logs in to administer users: as the environment file says, else, where that is the user itself, with a password that it may have.
    /// </summary>
    /// <exception cref="OpsException">What connecting throws, and <c>CacheLoginRefused</c>.</exception>
    public async Task<RedisAdministration> OpenAsync(RedisServer server, IReadOnlyList<SecretMaterial?> known,
        CancellationToken cancellationToken)
    {
        try { return new RedisAdministration(await server.ConnectAsync(cancellationToken).ConfigureAwait(false), server); }
        catch (OpsException e) when (e.ErrorId == "CacheLoginRefused" && (server.Settings.User ?? RedisAccount.Default) == user)
        {
            foreach (SecretMaterial material in known.OfType<SecretMaterial>())
            {
                var other = new RedisServer(server.Settings with { Password = SecretReference.Literal(material.Value) }, server.Host,
                    server.Port) { Way = server.Way };
                try { return new RedisAdministration(await other.ConnectAsync(cancellationToken).ConfigureAwait(false), other); }
                catch (OpsException still) when (still.ErrorId == "CacheLoginRefused") { /* the next one */ }
            }
            throw;
        }
    }

    private async Task<RedisRole> ReadRoleAsync(RedisServer server, IReadOnlyList<SecretMaterial?> known, CancellationToken ct)
    {
        using RedisAdministration administration = await OpenAsync(server, known, ct).ConfigureAwait(false);
        RedisRole role = await administration.ReadRoleAsync(ct).ConfigureAwait(false);
        if (role.IsCluster)
            throw RedisSecretErrors.RedisNotRotatable.Make($"The cache {cache} is a Redis Cluster, whose users this version does not "
                + $"change.", "Change them on each node by hand (ACL SETUSER, ACL SAVE).", cache);
        if (role.Version < Oldest)
            throw RedisSecretErrors.RedisNotRotatable.Make($"The cache {cache} is Redis {role.Version}, which knows no users.",
                $"Rotations need Redis {Oldest} or later.", cache);
        return role;
    }

    private static RedisServer At(RedisServer like, (string Host, int Port) place) =>
        new(like.Settings with { TlsName = like.Settings.TlsName ?? like.Settings.Host ?? like.Host }, place.Host,
            place.Port) { Way = like.Way };
}
