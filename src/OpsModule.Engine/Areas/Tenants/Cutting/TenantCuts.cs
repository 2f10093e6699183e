using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>All that an environment declares to cut a tenant off with, in the order in which it is done.</summary>
internal static class TenantCuts
{
    /// <summary>
    /// First what keeps new sessions, tokens and jobs away, then what ends those that are there, and the cache last: who still has a
    /// session would fill it again.
    /// </summary>
    public static IReadOnlyList<ITenantCut> Of(OpsContext context)
    {
        TenantSettings settings = context.Environment.Section<TenantSettings>();
        if (!settings.CutsAnything)
            throw TenantErrors.TenantsNotDeclared.Make($"The environment {context.Environment.Name} does not say how a tenant is "
                + $"suspended.",
                "Add tenants: with suspend: to the environment file.", context.Environment.Name);
        var cuts = new List<ITenantCut>();
        if (settings.Flag is { } flag) cuts.Add(new FlagCut(context, flag));
        cuts.AddRange(settings.Endpoints.Select(e => new EndpointCut(context, e, "endpoint")));
        cuts.AddRange(settings.Keys.Select((k, i) => new KeyCut(context, k, i + 1)));
        cuts.AddRange(settings.Queues.Select(q => new EndpointCut(context, q, "queue")));
        if (settings.Schema is { } schema) cuts.Add(new SchemaCut(context, schema));
        cuts.AddRange(settings.Sessions.Select((s, i) => new SessionCut(context, s, i + 1)));
        cuts.AddRange(settings.Caches.Select((c, i) => new CacheCut(context, c, i + 1)));
        return [.. cuts.Select(c => new ToldCut(c))];
    }
}
