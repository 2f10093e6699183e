using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>
/// The login by which a server follows its primary (<c>masteruser</c>, <c>masterauth</c>), where that is the user whose password is
/// rotated.
/// </summary>
/// <param name="cache">The cache's name.</param>
/// <param name="user">The user.</param>
internal sealed class RedisReplicaLink(string cache, string user)
{
    private const string UserSetting = "masteruser", PasswordSetting = "masterauth";

    /// <summary>True when a server logs in to others as this user. A primary does after a failover.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>RedisChangeNotKept</c>.</exception>
    public async Task<bool> LookAsync(RedisAdministration node, CancellationToken ct)
    {
        if (await PasswordAsync(node, ct).ConfigureAwait(false) is null) return false;
        return (await node.ReadRoleAsync(ct).ConfigureAwait(false)).ConfigFile is not null ? true
            : throw RedisSecretErrors.RedisChangeNotKept.Make($"{node.Place} logs in to its primary as {user} ({PasswordSetting}), and "
                + $"has no configuration file that a new password could be written to.",
                "Start it with a configuration file that it may write, or give replication a user of its own (masteruser).", cache);
    }

    /// <summary>Lets it log in with the new one from its next connection on. The link of now goes on.</summary>
    public Task SetAsync(ChangeRun run, RedisAdministration node, SecretMaterial? current, SecretMaterial pending, CancellationToken ct) =>
        WriteAsync(run, node, current, pending, ct);

    /// <summary>Lets it log in with the one from before again.</summary>
    public Task TakeBackAsync(ChangeRun run, RedisAdministration node, SecretMaterial? current, SecretMaterial pending,
        CancellationToken ct) =>
        current is null ? Task.CompletedTask : WriteAsync(run, node, pending, current, ct);

    private async Task WriteAsync(ChangeRun run, RedisAdministration node, SecretMaterial? from, SecretMaterial to, CancellationToken ct)
    {
        // Another password of the same user is not this secret's.
        if (await PasswordAsync(node, ct).ConfigureAwait(false) is not { } password || (from is not null && password != from.Value
            && password != to.Value)) return;
        if (password != to.Value) await node.WriteSettingAsync(run, PasswordSetting, to.Value, ct).ConfigureAwait(false);
        await node.SaveSettingsAsync(run, ct).ConfigureAwait(false);
    }

    private async Task<string?> PasswordAsync(RedisAdministration node, CancellationToken ct) =>
        (await node.ReadSettingAsync(UserSetting, ct).ConfigureAwait(false) ?? RedisAccount.Default) == user
            ? await node.ReadSettingAsync(PasswordSetting, ct).ConfigureAwait(false) : null;
}
