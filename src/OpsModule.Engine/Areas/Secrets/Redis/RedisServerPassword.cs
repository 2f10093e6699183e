using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>
/// The one password of a server, <c>requirepass</c>. A new one takes the place of whatever passwords the user default has.
/// </summary>
/// <param name="cache">The cache's name.</param>
internal sealed class RedisServerPassword(string cache) : IRedisPassword
{
    private const string Setting = "requirepass";

    public bool Overlaps => false;

    public async Task<string> LookAsync(RedisAdministration node, RedisAccount account, SecretMaterial? current, CancellationToken ct)
    {
        if (current is null)
            throw RedisSecretErrors.RedisPasswordUnknown.Make($"Nothing says the present password of {node.Place}, and {Setting} could "
                + $"not be taken back.",
                "Name a place where it stands under 'uses:' of the secret.", cache);
        if (account.Hashes.Count > 1)
            throw RedisSecretErrors.RedisPasswordsLost.Make($"The user default of {node.Place} has {account.Hashes.Count} passwords, and "
                + $"{Setting} would leave one of them.",
                "Rotate it as a user: give the secret 'user: default'. Then old and new are valid at once, and others stay.", cache);
        return await node.FindAclFileAsync(ct).ConfigureAwait(false) is { } file ? $"ACL SAVE to {file}"
            : (await node.ReadRoleAsync(ct).ConfigureAwait(false)).ConfigFile is { } configuration ? $"CONFIG REWRITE of {configuration}"
            : throw RedisUserPassword.NotKept(node.Place, cache);
    }

    public Task RehearseAsync(ChangeRun run, RedisAdministration node, CancellationToken ct) => node.SaveUsersAsync(run, ct);

    public Task SetAsync(ChangeRun run, RedisAdministration node, SecretMaterial? current, SecretMaterial pending, CancellationToken ct) =>
        WriteAsync(run, node, pending.Value, current?.Value, ct);

    public async Task DropAsync(ChangeRun run, RedisAdministration node, SecretMaterial old, SecretMaterial current, CancellationToken ct)
    {
        // The old one went when the new one was set; what somebody has set since is not ours to take away.
        if ((await node.FindAsync(RedisAccount.Default, ct).ConfigureAwait(false))?.Has(old.Value) is true && old.Value != current.Value)
            await node.RemovePasswordAsync(run, RedisAccount.Default, old.Value, ct).ConfigureAwait(false);
        await node.SaveUsersAsync(run, ct).ConfigureAwait(false);
    }

    public async Task TakeBackAsync(ChangeRun run, RedisAdministration node, SecretMaterial? current, SecretMaterial pending,
        CancellationToken ct)
    {
        // Without the one from before, taking it back would open the server to everybody.
        if (current is not null) await WriteAsync(run, node, current.Value, pending.Value, ct).ConfigureAwait(false);
    }

    private static async Task WriteAsync(ChangeRun run, RedisAdministration node, string password, string? other, CancellationToken ct)
    {
        RedisAccount? account = await node.FindAsync(RedisAccount.Default, ct).ConfigureAwait(false);
        int own = new[] { password, other }.OfType<string>().Distinct().Count(p => account?.Has(p) is true);
        // What somebody has added since it was planned would be lost with the setting, which leaves one password alone.
        if (account is { TakesAnything: false } && account.Hashes.Count > own)
        {
            await node.AddPasswordAsync(run, RedisAccount.Default, password, ct).ConfigureAwait(false);
            if (other is not null && other != password)
                await node.RemovePasswordAsync(run, RedisAccount.Default, other, ct).ConfigureAwait(false);
        }
        else if (account is not { TakesAnything: false, Hashes.Count: 1 } || !account.Has(password))
            await node.WriteSettingAsync(run, Setting, password, ct).ConfigureAwait(false);
        await node.SaveUsersAsync(run, ct).ConfigureAwait(false);
    }
}
