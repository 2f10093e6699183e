using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Cutting;

/// <summary>What is noted of all that cuts a tenant off, before anything does.</summary>
internal static class CutNotes
{
    private const string Before = "before.", What = "what";

    /// <summary>The notes.</summary>
    public static Dictionary<string, string> Write(string tenant, IEnumerable<(ITenantCut Cut, CutLook Look)> looks)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((ITenantCut cut, CutLook look) in looks)
        {
            notes[KeyOf(cut, What)] = cut.WhatFor(tenant);
            foreach ((string key, string value) in look.Before) notes[KeyOf(cut, key)] = value;
        }
        return notes;
    }

    /// <summary>Those of one.</summary>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyDictionary<string, string> notes, ITenantCut cut)
    {
        string start = KeyOf(cut, "");
        return notes.Where(n => n.Key.StartsWith(start, StringComparison.Ordinal)).ToDictionary(n => n.Key[start.Length..], n => n.Value,
            StringComparer.Ordinal);
    }

    /// <summary>Refuses to lift what the environment file does not declare any more, or declares otherwise: it would stay cut
    /// off.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantSettingsChanged</c>.</exception>
    public static void CheckDeclared(IReadOnlyDictionary<string, string> notes, string tenant, IReadOnlyList<ITenantCut> cuts)
    {
        foreach ((string key, string what) in notes.Where(n => n.Key.EndsWith('.' + What, StringComparison.Ordinal)))
            if (!cuts.Any(c => KeyOf(c, What) == key && c.WhatFor(tenant) == what))
                throw TenantErrors.TenantSettingsChanged.Make($"Tenant {tenant} was cut off by "
                    + $"{key[Before.Length..^(What.Length + 1)]} ({what}), "
                    + "which tenants.suspend does not declare any more, or declares otherwise. Nothing was lifted.",
                    "Write it back into the environment file as it was, then do this again.", tenant);
    }

    /// <summary>Adds what a step has learnt; of a tenant of which nothing is kept there is nothing to add to.</summary>
    public static void Add(OpsContext context, string tenant, ITenantCut cut, string key, Func<string?, string> value) =>
        Set(context, tenant, KeyOf(cut, key), now => value(now));

    /// <summary>Changes a note that is there.</summary>
    /// <returns>Whether it is another one now.</returns>
    public static bool Change(OpsContext context, string tenant, ITenantCut cut, string key, Func<string, string> value) =>
        Set(context, tenant, KeyOf(cut, key), now => now is null ? null : value(now));

    private static bool Set(OpsContext context, string tenant, string key, Func<string?, string?> value)
    {
        var store = new TenantStore(context);
        if (store.Read(tenant) is not { } kept) return false;
        string? was = kept.Before.GetValueOrDefault(key), now = value(was);
        if (now is null || now == was) return false;
        store.Write(kept with { Before = new Dictionary<string, string>(kept.Before, StringComparer.Ordinal) { [key] = now } });
        return true;
    }

    private static string KeyOf(ITenantCut cut, string key) => $"{Before}{cut.Step}.{key}";
}
