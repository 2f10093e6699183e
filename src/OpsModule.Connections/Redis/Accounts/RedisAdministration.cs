using System.Globalization;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Redis.Accounts;

/// <summary>Looks at a server's users and sessions, and changes them, over a connection that may do so. It owns the connection.</summary>
public sealed class RedisAdministration(RedisConnection connection, RedisServer server) : IDisposable
{
    /// <summary>The server.</summary>
    public RedisServer Server => server;

    /// <summary>Where it is, as <c>host:port</c>.</summary>
    public string Place => $"{server.Host}:{server.Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What it is among others.</summary>
    public async Task<RedisRole> ReadRoleAsync(CancellationToken ct) =>
        RedisRole.Read(await connection.InfoAsync(ct).ConfigureAwait(false));

    /// <summary>A user; null when there is none of that name.</summary>
    /// <exception cref="OpsException"><c>CacheRightsMissing</c>.</exception>
    public async Task<RedisAccount?> FindAsync(string user, CancellationToken ct) =>
        RedisAccount.Read(user, await AskAsync(ct, "ACL", "GETUSER", user).ConfigureAwait(false));

    /// <summary>The file of users; null when they stand in the configuration.</summary>
    public Task<string?> FindAclFileAsync(CancellationToken ct) => ReadSettingAsync("aclfile", ct);

    /// <summary>A setting; null when it is empty.</summary>
    /// <exception cref="OpsException"><c>CacheRightsMissing</c>.</exception>
    public async Task<string?> ReadSettingAsync(string name, CancellationToken ct) =>
        await AskAsync(ct, "CONFIG", "GET", name).ConfigureAwait(false) is RedisList { Items: [_, { Text: { Length: > 0 } value }] }
            ? value : null;

    /// <summary>The sessions that there are, without this one.</summary>
    public async Task<IReadOnlyList<RedisClient>> ListSessionsAsync(CancellationToken ct)
    {
        long own = await ReadOwnIdAsync(ct).ConfigureAwait(false);
        return [.. RedisClient.Read((await AskAsync(ct, "CLIENT", "LIST").ConfigureAwait(false)).Text).Where(c => c.Id != own)];
    }

    /// <summary>The number of this session: every one that began before it has a lower one.</summary>
    public async Task<long> ReadOwnIdAsync(CancellationToken ct) => await AskAsync(ct, "CLIENT",
        "ID").ConfigureAwait(false) is RedisNumber { Value: var id } ? id
        : throw RedisAccountErrors.CacheAnswerUnknown.Make($"{Place} answers CLIENT ID with no number.",
            "Is it a Redis server of version 6 or later?", server.Settings.Name);

    /// <summary>Gives a user one more password. Only its hash is sent; that it has it already is no error.</summary>
    public Task AddPasswordAsync(ChangeScope scope, string user, string password, CancellationToken ct) =>
        AskAsync(ct, "ACL", "SETUSER", user, "#" + RedisAccount.HashOf(password));

    /// <summary>Takes a password away; that it has none such is no error. Sessions go on.</summary>
    public async Task RemovePasswordAsync(ChangeScope scope, string user, string password, CancellationToken ct)
    {
        if ((await FindAsync(user, ct).ConfigureAwait(false))?.Has(password) is true)
            await AskAsync(ct, "ACL", "SETUSER", user, "!" + RedisAccount.HashOf(password)).ConfigureAwait(false);
    }

    /// <summary>Changes a setting.</summary>
    public Task WriteSettingAsync(ChangeScope scope, string name, string value, CancellationToken ct) => AskAsync(ct, "CONFIG", "SET",
        name, value);

    /// <summary>Makes the users of now last beyond a restart: in the file of users, or in the configuration.</summary>
    /// <exception cref="OpsException"><c>CacheUsersNotSaved</c> with what the server says.</exception>
    public async Task SaveUsersAsync(ChangeScope scope, CancellationToken ct)
    {
        if (await FindAclFileAsync(ct).ConfigureAwait(false) is { } file) await SaveAsync(file, ct, "ACL", "SAVE").ConfigureAwait(false);
        else await SaveSettingsAsync(scope, ct).ConfigureAwait(false);
    }

    /// <summary>Makes the settings of now last beyond a restart.</summary>
    /// <exception cref="OpsException"><c>CacheUsersNotSaved</c> with what the server says.</exception>
    public Task SaveSettingsAsync(ChangeScope scope, CancellationToken ct) => SaveAsync("its configuration file", ct, "CONFIG", "REWRITE");

    /// <summary>Ends a session. That it is gone is no error.</summary>
    public async Task EndSessionAsync(ChangeScope scope, long id, CancellationToken ct) =>
        await AskAsync(ct, "CLIENT", "KILL", "ID", id.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private async Task SaveAsync(string file, CancellationToken ct, params string[] command)
    {
        RedisReply reply = await connection.CallAsync(command, ct).ConfigureAwait(false);
        if (reply is not RedisError error) return;
        if (error.Code == "NOPERM") throw Denied(command, error);
        throw RedisAccountErrors.CacheUsersNotSaved.Make($"{Place} cannot write {file}: {error.Message.TrimEnd('.')}. After a restart it "
            + $"would know the old password alone.",
            "Let the server write there: mount the file or its folder so that the server's user may replace it, or start it with "
                + "'aclfile' in a folder of its data.", server.Settings.Name);
    }

    private async Task<RedisReply> AskAsync(CancellationToken ct, params string[] command)
    {
        RedisReply reply = await connection.CallAsync(command, ct).ConfigureAwait(false);
        return reply is not RedisError error ? reply : error.Code == "NOPERM" ? throw Denied(command, error)
            : throw connection.Refused($"{command[0]} {command[1]}", error);
    }

    private OpsException Denied(string[] command, RedisError error) => RedisAccountErrors.CacheRightsMissing.Make(
        $"{Place} refuses {command[0]} {command[1]}: {error.Message.TrimEnd('.')}.",
        $"Name under caches.{server.Settings.Name} a user that may ACL, CONFIG, CLIENT and INFO.", server.Settings.Name);
}
