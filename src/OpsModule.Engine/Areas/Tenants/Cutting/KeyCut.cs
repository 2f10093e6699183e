using System.Text.Json;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>The tenant's API keys. Those that were valid come back, each as it was.</summary>
internal sealed class KeyCut(OpsContext context, TenantKeys keys, int number) : ITenantCut
{
    private const string Ids = "ids", Written = "written";

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
            [], valid.Count == 0 ? [$"{tenant} has no valid {keys}."] : [])
        {
            Figures = [new PlanFigure($"valid {keys} of {tenant}", string.Join(", ", valid.Keys.Order(StringComparer.Ordinal)))],
        };
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
            await table.RevokeAsync(run, [.. left.Keys], written => Keep(tenant, written), cancellationToken).ConfigureAwait(false);
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
        (IReadOnlyList<string> gone, IReadOnlyList<string> theirs) = await table.RestoreAsync(run, known, Read(before, Written),
            cancellationToken).ConfigureAwait(false);
        if (gone.Count > 0)
            context.Reporter.Warning($"{keys} of {tenant} are not there any more, and did not come back: {string.Join(", ", gone)}.");
        if (theirs.Count > 0)
            context.Reporter.Warning($"{keys} of {tenant} were revoked by somebody else since, and stay so: {string.Join(", ", theirs)}.");
        IReadOnlyDictionary<string, string?> valid = await table.FindAsync(tenant, cancellationToken).ConfigureAwait(false);
        if (known.Keys.Where(id => !valid.ContainsKey(id) && !gone.Contains(id) && !theirs.Contains(id)).ToArray() is { Length: > 0 } still)
            throw TenantErrors.TenantKeysStillRevoked.Make($"The {keys} of {tenant} were to become valid again, and did not: "
                + $"{string.Join(", ", still)}.", "See who revokes them, or what a trigger does.", tenant);
    }

    /// <summary>Notes what the column holds of the keys that are being revoked.</summary>
    private void Keep(string tenant, IReadOnlyDictionary<string, string?> written) => CutNotes.Add(context, tenant, this, Written,
        now => JsonSerializer.Serialize(written.Concat(Parse(now).Where(o => !written.ContainsKey(o.Key)))
            .ToDictionary(k => k.Key, k => k.Value, StringComparer.Ordinal)));

    private static Dictionary<string, string?> Read(IReadOnlyDictionary<string, string> before, string what = Ids) =>
        Parse(what == Ids ? before[Ids] : before.GetValueOrDefault(what));

    private static Dictionary<string, string?> Parse(string? text)
    {
        try { return text is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string?>>(text) ?? []; }
        catch (JsonException e) { throw new FormatException("What was kept of the keys is not readable: " + e.Message, e); }
    }

    /// <summary>
    /// From now on the keys of a secret do not become valid again when a tenant is let in: somebody has revoked them all, and nothing in
    /// the table tells that from a suspension.
    /// </summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="secret">The secret with the keys.</param>
    /// <param name="action">Who does it, for those who wait for a lock.</param>
    /// <param name="failed">Takes each tenant of which that cannot be done now, with the reason; it keeps no other one from it.</param>
    /// <returns>The tenants that are suspended and had such keys.</returns>
    internal static IReadOnlyList<string> Strike(OpsContext context, string secret, string action, Action<string, OpsException> failed)
    {
        var struck = new List<string>();
        TenantKeys[] all = [.. context.Environment.Section<TenantSettings>().Keys];
        if (!all.Any(k => k.Secret.Equals(secret, StringComparison.OrdinalIgnoreCase))) return struck;
        foreach (string tenant in new TenantStore(context).List().Select(k => k.Tenant))
        {
            try
            {
                // Whoever lets it in right now has read already which come back.
                using IDisposable held = context.Locks.Acquire(TenantName.TargetOf(tenant), action);
                foreach ((int i, TenantKeys keys) in all.Select((k, i) => (i, k)))
                    if (keys.Secret.Equals(secret, StringComparison.OrdinalIgnoreCase) && CutNotes.Change(context, tenant,
                        new KeyCut(context, keys, i + 1), Ids, now => Parse(now).Count == 0 ? now : "{}")) struck.Add(tenant);
            }
            catch (OpsException e) { failed(tenant, e); }
        }
        return [.. struck.Distinct(StringComparer.Ordinal)];
    }
}
