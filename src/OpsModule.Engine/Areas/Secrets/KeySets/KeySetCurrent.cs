using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.KeySets;

/// <summary>Finds the value that counts now among those that places hold.</summary>
/// <param name="name">The secret.</param>
/// <param name="places">Its places.</param>
/// <param name="print">Makes fingerprints, for what is said.</param>
internal sealed class KeySetCurrent(string name, IReadOnlyList<KeySetPlace> places, Func<SecretMaterial, string> print)
{
    /// <summary>
    /// The value that is used. A list of clients' keys does not tell whose is whose: there it is the one that was rotated last, or the
    /// only one.
    /// </summary>
    /// <param name="kept">The value that the last rotation brought; null where none is known.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>SecretWithoutUse</c>, <c>SecretUsesDiffer</c>, <c>ApiKeyAmbiguous</c>.</exception>
    public async Task<SecretMaterial> FindAsync(SecretMaterial? kept, CancellationToken ct)
    {
        var all = new List<(KeySetPlace Place, IReadOnlyList<SecretMaterial> Values)>();
        foreach (KeySetPlace place in places) all.Add((place, await place.ReadAllAsync(ct).ConfigureAwait(false)));
        if (all.Count == 0) throw SecretErrors.SecretWithoutUse.Make($"Nothing says where the value of {name} stands.",
            $"Name its places: secrets.{name}.uses.", name);
        if (all.FirstOrDefault(a => a.Values.Count == 0) is { Place: { } empty })
            throw SecretErrors.SecretWithoutUse.Make($"No value of {name} stands in {empty.Words}.",
                "Write the value that counts now into it once, then rotate it.", name);
        SecretMaterial current = Used(all) ?? Listed(all, kept);
        if (all.FirstOrDefault(a => a.Values.All(v => v.Value != current.Value)) is { Place: { } without })
            throw SecretErrors.SecretUsesDiffer.Make($"The value of {name} that is used, {print(current)} (fingerprint), is not "
                + $"accepted by "
                + $"what reads {without.Words}.", "Write the value that counts now into all of them, then rotate it.", name);
        return current;
    }

    /// <summary>What signs, or what a client uses; null where no place says it.</summary>
    private SecretMaterial? Used(IReadOnlyList<(KeySetPlace Place, IReadOnlyList<SecretMaterial> Values)> all)
    {
        var holders = all.Where(a => a.Place.Signs || !a.Place.Accepts).ToList();
        if (holders.Count == 0) return null;
        if (holders.Select(h => h.Values[0].Value).Distinct().Skip(1).Any())
            throw SecretErrors.SecretUsesDiffer.Make($"The places of {name} do not hold the same: "
                + string.Join(", ", holders.Select(h => $"{h.Place.Words} has {print(h.Values[0])}")) + " (fingerprints).",
                "Write the value that counts now into all of them, then rotate it.", name);
        return holders[0].Values[0];
    }

    private SecretMaterial Listed(IReadOnlyList<(KeySetPlace Place, IReadOnlyList<SecretMaterial> Values)> all, SecretMaterial? kept)
    {
        if (kept is not null && all.All(a => a.Values.Any(v => v.Value == kept.Value))) return new SecretMaterial(kept.Value);
        if (all.All(a => a.Values.Count == 1)) return all[0].Values[0];
        throw KeySetErrors.ApiKeyAmbiguous.Make($"{all[0].Place.Words} lists {all[0].Values.Count} keys, and nothing tells which of "
            + $"them is "
            + $"that of {name}: " + string.Join(", ", all[0].Values.Select(print)) + " (fingerprints).",
            $"Name the place where its client has it under secrets.{name}.uses, or take away by hand those that nobody uses.", name);
    }
}
