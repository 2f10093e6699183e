using OpsModule.Engine.Areas.Tenants.Keys;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>The tenant's API keys.</summary>
internal sealed class KeyCut(OpsContext context) : ITenantCut
{
    private const string Ids = "ids";

    private const char Separator = '\n';

    public string Step => "keys";

    public bool IsLifted => true;

    public string WordsFor(string tenant) => $"revoke the API keys of {tenant}";

    public string WhatFor(string tenant) => "keys";

    public async Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> ids = await KeyRevocation.Of(context).FindAsync(tenant, cancellationToken).ConfigureAwait(false);
        string[] ordered = [.. ids.Order(StringComparer.Ordinal)];
        return new CutLook(new Dictionary<string, string> { [Ids] = string.Join(Separator, ordered) },
            [new PlanIdentity($"valid API keys of {tenant}", string.Join(", ", ordered))], []);
    }

    public Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        KeyRevocation.Of(context).RevokeAsync(run, Read(before), cancellationToken);

    public Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken) =>
        KeyRevocation.Of(context).RestoreAsync(run, Read(before), cancellationToken);

    private static string[] Read(IReadOnlyDictionary<string, string> before) =>
        before[Ids].Split(Separator, StringSplitOptions.RemoveEmptyEntries);
}
