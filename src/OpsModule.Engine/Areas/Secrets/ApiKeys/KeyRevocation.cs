using OpsModule.Engine.Areas.Secrets.Values;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Revokes keys, and sees that they are.</summary>
internal static class KeyRevocation
{
    /// <summary>So many that cannot be asked for, one after another, are a server that is away: each of them takes its time.</summary>
    private const int MostAway = 5;

    /// <summary>So many reasons are told.</summary>
    private const int MostReasons = 3;

    /// <summary>Revokes them: each one, whatever comes of the others.</summary>
    /// <param name="issuer">Where they are kept.</param>
    /// <param name="run">The change.</param>
    /// <param name="ids">Their ids, at least one.</param>
    /// <param name="secret">The secret's name.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>ApiKeyRefused</c>: some were not revoked, which are named. <c>ApiKeyStillActive</c>: it was said
    /// that they are revoked, and the list says that they are not.</exception>
    public static async Task MakeAsync(IKeyIssuer issuer, ChangeRun run, IReadOnlyList<string> ids, string secret, CancellationToken ct)
    {
        IReadOnlyDictionary<string, OpsException> failed = await issuer.RevokeAsync(run, ids, ct).ConfigureAwait(false);
        IReadOnlyList<IssuedKey> all;
        try { all = await issuer.ListAsync(ct).ConfigureAwait(false); }
        // Without the list an answer is all that tells.
        catch (OpsException) when (failed.Count > 0) { throw Left(issuer, ids, [.. failed.Keys], failed, secret); }
        HashSet<string> revoked = [.. all.Where(k => k.IsRevoked).Select(k => k.Id)];
        string[] left = [.. all.Where(k => !k.IsRevoked && ids.Contains(k.Id)).Select(k => k.Id)];
        // What is refused because it is revoked already is revoked; of one that is not listed nobody knows.
        string[] open = [.. failed.Keys.Where(id => !revoked.Contains(id))];
        if (open.Length > 0) throw Left(issuer, ids, [.. left.Union(open)], failed, secret);
        if (left.Length > 0)
            throw ApiKeyErrors.ApiKeyStillActive.Make($"{issuer.Words} says that it has revoked keys, and lists "
                + $"{string.Join(", ", left)} as valid still.",
                $"See what revokes a key there, and where the list says it: secrets.{secret}.apiKey (revoke, revoked).", secret);
    }

    /// <summary>Revokes one after another; one that cannot be revoked keeps none behind it valid.</summary>
    /// <param name="ids">Their ids.</param>
    /// <param name="revoke">Revokes one.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Those that were not revoked, and why.</returns>
    public static async Task<IReadOnlyDictionary<string, OpsException>> EachAsync(IReadOnlyList<string> ids, Func<string, Task> revoke,
        CancellationToken ct)
    {
        var failed = new Dictionary<string, OpsException>(StringComparer.Ordinal);
        int away = 0;
        foreach (string id in ids)
        {
            if (away >= MostAway)
            {
                failed[id] = failed.Values.Last();
                continue;
            }
            try
            {
                await revoke(id).ConfigureAwait(false);
                away = 0;
            }
            catch (OpsException e) when (!ct.IsCancellationRequested)
            {
                failed[id] = e;
                // An answer, whatever it says, is of a server that is there.
                away = ValueSecretErrors.SecretServerUnreachable.Is(e) ? away + 1 : 0;
            }
        }
        return failed;
    }

    private static OpsException Left(IKeyIssuer issuer, IReadOnlyList<string> ids, IReadOnlyList<string> left,
        IReadOnlyDictionary<string, OpsException> failed, string secret)
    {
        OpsException[] causes = [.. left.Select(id => failed.GetValueOrDefault(id)).OfType<OpsException>()];
        string[] why = [.. causes.Select(c => c.Message.TrimEnd('.')).Distinct()];
        return ApiKeyErrors.ApiKeyRefused.Make($"{left.Count} of {ids.Count} keys are not revoked by {issuer.Words}: "
            + $"{string.Join(", ", left)}. {string.Join("; ", why.Take(MostReasons))}{(why.Length > MostReasons ? "; and others" : "")}.",
            causes[^1].RecommendedAction ?? $"Revoke them by hand, and correct secrets.{secret}.apiKey.", secret, causes[^1]);
    }
}
