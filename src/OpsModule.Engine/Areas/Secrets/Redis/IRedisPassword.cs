using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>How one server is given a password and loses one: beside others, or in place of the one that there is.</summary>
internal interface IRedisPassword
{
    /// <summary>True when two are valid at once.</summary>
    bool Overlaps { get; }

    /// <summary>Looks whether it can be done at a server, and how it lasts there, in words.</summary>
    /// <exception cref="OpsException">What forbids it.</exception>
    Task<string> LookAsync(RedisAdministration node, RedisAccount account, SecretMaterial? current, CancellationToken ct);

    /// <summary>Proves that the server can keep a change, before there is one.</summary>
    Task RehearseAsync(ChangeRun run, RedisAdministration node, CancellationToken ct);

    /// <summary>Makes the new one valid, and lasting.</summary>
    Task SetAsync(ChangeRun run, RedisAdministration node, SecretMaterial? current, SecretMaterial pending, CancellationToken ct);

    /// <summary>Makes the old one invalid, and that lasting.</summary>
    Task DropAsync(ChangeRun run, RedisAdministration node, SecretMaterial old, SecretMaterial current, CancellationToken ct);

    /// <summary>Makes the current one valid again, and the pending one invalid.</summary>
    Task TakeBackAsync(ChangeRun run, RedisAdministration node, SecretMaterial? current, SecretMaterial pending, CancellationToken ct);
}
