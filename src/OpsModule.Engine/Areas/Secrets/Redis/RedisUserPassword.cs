using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>
/// Passwords of a user of the access control list, which may have several. The server is told their SHA-256 and no password.
/// </summary>
/// <param name="cache">The cache's name.</param>
/// <param name="user">The user.</param>
internal sealed class RedisUserPassword(string cache, string user) : IRedisPassword
{
    public bool Overlaps => true;

    public async Task<string> LookAsync(RedisAdministration node, RedisAccount account, SecretMaterial? current, CancellationToken ct)
    {
        if (await node.FindAclFileAsync(ct).ConfigureAwait(false) is { } file) return $"ACL SAVE to {file}";
        return (await node.ReadRoleAsync(ct).ConfigureAwait(false)).ConfigFile is { } configuration ? $"CONFIG REWRITE of {configuration}"
            : throw NotKept(node.Place, cache);
    }

    /// <summary>What is in the server's memory is written; when that cannot be, nothing has been changed.</summary>
    public Task RehearseAsync(ChangeRun run, RedisAdministration node, CancellationToken ct) => node.SaveUsersAsync(run, ct);

    public async Task SetAsync(ChangeRun run, RedisAdministration node, SecretMaterial? current, SecretMaterial pending,
        CancellationToken ct)
    {
        if (await node.FindAsync(user, ct).ConfigureAwait(false) is null) throw Missing(node.Place, cache, user);
        await node.AddPasswordAsync(run, user, pending.Value, ct).ConfigureAwait(false);
        await node.SaveUsersAsync(run, ct).ConfigureAwait(false);
    }

    public async Task DropAsync(ChangeRun run, RedisAdministration node, SecretMaterial old, SecretMaterial current, CancellationToken ct)
    {
        RedisAccount account = await node.FindAsync(user, ct).ConfigureAwait(false) ?? throw Missing(node.Place, cache, user);
        if (!account.Has(current.Value))
            throw RedisSecretErrors.RedisPasswordNeeded.Make($"{node.Place} does not have the new password of {user}, so that the old one "
                + $"stays: without it nobody could log in.",
                "Somebody has changed the user meanwhile. Take the rotation back (Undo-OpsChange), and begin anew.", cache);
        await node.RemovePasswordAsync(run, user, old.Value, ct).ConfigureAwait(false);
        await node.SaveUsersAsync(run, ct).ConfigureAwait(false);
    }

    public async Task TakeBackAsync(ChangeRun run, RedisAdministration node, SecretMaterial? current, SecretMaterial pending,
        CancellationToken ct)
    {
        if (await node.FindAsync(user, ct).ConfigureAwait(false) is not { } account) return;
        // First the one that is to stay: it may have been dropped already.
        if (current is not null && !account.Has(current.Value)) await node.AddPasswordAsync(run, user, current.Value,
            ct).ConfigureAwait(false);
        bool others = current is not null || account.Hashes.Any(h => h != RedisAccount.HashOf(pending.Value));
        if (others && current?.Value != pending.Value) await node.RemovePasswordAsync(run, user, pending.Value, ct).ConfigureAwait(false);
        await node.SaveUsersAsync(run, ct).ConfigureAwait(false);
    }

    /// <summary>The error where nothing lasts beyond a restart.</summary>
    internal static Foundations.Errors.OpsException NotKept(string place, string cache) => RedisSecretErrors.RedisChangeNotKept.Make(
        $"{place} was started without a configuration file and without a file of users (redis-server --requirepass ...): at its next "
            + $"start it would know the old password alone.",
        "Put its settings, requirepass among them, into a file in a folder that it may write, and start it as 'redis-server "
            + "/data/redis.conf', without --requirepass, which would count again at each start. An 'aclfile' in that file must be there "
            + "before, with the user default and its password in it: an empty one lets everybody in.", cache);

    /// <summary>The error where there is no such user.</summary>
    internal static Foundations.Errors.OpsException Missing(string place, string cache, string user) =>
        RedisSecretErrors.RedisUserMissing.Make(
        $"{place} has no user {user}.", $"Make it there (ACL SETUSER {user} ...), or correct the secret's user in the environment file. "
            + $"Users are not replicated: each server has its own.", cache);
}
