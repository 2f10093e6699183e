using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>Keys of a cache that begin with the tenant's prefix. What is in a cache comes again by itself.</summary>
internal sealed class CacheCut(OpsContext context, TenantCache cache, int number) : ITenantCut
{
    public string Step => $"cache-{number}";

    public bool IsLifted => false;

    public string WordsFor(string tenant) => $"take away the keys {TenantName.In(cache.ToString(), tenant)}";

    public string WhatFor(string tenant) => cache.ToString();

    public async Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken)
    {
        RedisServer server = await CacheServers.ResolveAsync(context, cache.Cache, cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return new CutLook(new Dictionary<string, string>(), [], []);
    }

    public async Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before,
        CancellationToken cancellationToken)
    {
        RedisServer server = await CacheServers.ResolveAsync(context, cache.Cache, cancellationToken).ConfigureAwait(false);
        await CachePrefix.RemoveAsync(run, server, TenantName.In(cache.Prefix, tenant), cancellationToken).ConfigureAwait(false);
    }

    public Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        Task.CompletedTask;
}
