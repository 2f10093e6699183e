using System.Text.Json;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>The tenant's API keys. Those that were valid come back, each as it was.</summary>
internal sealed class KeyCut(OpsContext context, TenantKeys keys, int number) : ITenantCut
{
    private const string Ids = "ids";

    private const int MostRounds = 3;

    public string Step => $"keys-{number}";

    public bool IsLifted => true;

    public string WordsFor(string tenant) => $"revoke the {keys} of {tenant}";

    public string WhatFor(string tenant) => $"{keys.Secret} {keys.Column}";

    public string? ToldOfLifting(IReadOnlyDictionary<string, string> before) => Read(before) is { Count: > 0 } ids
        ? $"{ids.Count} keys become valid again: {string.Join(", ", ids.Keys)}. One that is known to others has to be revoked afterwards."
        : null;

    public async Task<CutLook> LookAsync(string tenant, CancellationToken cancellationToken)
    {
        TenantKeyTable table = await TenantKeyTable.OpenAsync(context, keys, cancellationToken).ConfigureAwait(false);
        await using var _ = table.ConfigureAwait(false);
        IReadOnlyDictionary<string, string?> valid = await table.FindAsync(tenant, cancellationToken).ConfigureAwait(false);
        return new CutLook(new Dictionary<string, string> { [Ids] = JsonSerializer.Serialize(valid) },
            [new PlanIdentity($"valid {keys} of {tenant}", string.Join(", ", valid.Keys.Order(StringComparer.Ordinal)))],
            valid.Count == 0 ? [$"{tenant} has no valid {keys}."] : []);
    }

    public async Task CutAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before,
        CancellationToken cancellationToken)
    {
        TenantKeyTable table = await TenantKeyTable.OpenAsync(context, keys, cancellationToken).ConfigureAwait(false);
        await using var _ = table.ConfigureAwait(false);
        IReadOnlyDictionary<string, string?> known = Read(before), left = known;
        for (int round = 0; round < MostRounds; round++)
        {
            left = await table.FindAsync(tenant, cancellationToken).ConfigureAwait(false);
            if (left.Count == 0) return;
            // Whoever is about to be cut off may have made another one meanwhile.
            if (left.Keys.Where(id => !known.ContainsKey(id)).ToArray() is { Length: > 0 } more)
                context.Reporter.Warning($"{tenant} has {keys} that were made, or became valid, since this was planned: "
                    + $"{string.Join(", ", more)}. They are revoked, and stay so when {tenant} is let in again.");
            await table.RevokeAsync(run, [.. left.Keys], cancellationToken).ConfigureAwait(false);
        }
        left = await table.FindAsync(tenant, cancellationToken).ConfigureAwait(false);
        if (left.Count > 0)
            throw TenantErrors.TenantKeysStillValid.Make($"The {keys} of {tenant} were revoked, and are valid still or again: "
                + $"{string.Join(", ", left.Keys)}.", "See who makes them valid, or what a trigger does.", tenant);
    }

    public async Task LiftAsync(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> before,
        CancellationToken cancellationToken)
    {
        TenantKeyTable table = await TenantKeyTable.OpenAsync(context, keys, cancellationToken).ConfigureAwait(false);
        await using var _ = table.ConfigureAwait(false);
        IReadOnlyDictionary<string, string?> known = Read(before);
        IReadOnlyList<string> gone = await table.RestoreAsync(run, known, cancellationToken).ConfigureAwait(false);
        if (gone.Count > 0)
            context.Reporter.Warning($"{keys} of {tenant} are not there any more, and did not come back: {string.Join(", ", gone)}.");
        IReadOnlyDictionary<string, string?> valid = await table.FindAsync(tenant, cancellationToken).ConfigureAwait(false);
        if (known.Keys.Where(id => !valid.ContainsKey(id) && !gone.Contains(id)).ToArray() is { Length: > 0 } still)
            throw TenantErrors.TenantKeysStillRevoked.Make($"The {keys} of {tenant} were to become valid again, and did not: "
                + $"{string.Join(", ", still)}.", "See who revokes them, or what a trigger does.", tenant);
    }

    private static Dictionary<string, string?> Read(IReadOnlyDictionary<string, string> before)
    {
        try { return JsonSerializer.Deserialize<Dictionary<string, string?>>(before[Ids]) ?? []; }
        catch (JsonException e) { throw new FormatException("What was kept of the keys is not readable: " + e.Message, e); }
    }
}
