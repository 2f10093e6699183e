using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Revokes keys, and sees that they are.</summary>
internal static class KeyRevocation
{
    /// <summary>Revokes them.</summary>
    /// <param name="issuer">Where they are kept.</param>
    /// <param name="run">The change.</param>
    /// <param name="ids">Their ids, at least one.</param>
    /// <param name="secret">The secret's name.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>ApiKeyStillActive</c>: it was said that they are revoked, and the list says that they are
    /// not.</exception>
    public static async Task MakeAsync(IKeyIssuer issuer, ChangeRun run, IReadOnlyList<string> ids, string secret, CancellationToken ct)
    {
        await issuer.RevokeAsync(run, ids, ct).ConfigureAwait(false);
        string[] left = [.. (await issuer.ListAsync(ct).ConfigureAwait(false)).Where(k => !k.IsRevoked && ids.Contains(k.Id))
            .Select(k => k.Id)];
        if (left.Length > 0)
            throw ApiKeyErrors.ApiKeyStillActive.Make($"{issuer.Words} says that it has revoked keys, and lists "
                + $"{string.Join(", ", left)} as valid still.",
                $"See what revokes a key there, and where the list says it: secrets.{secret}.apiKey (revoke, revoked).", secret);
    }
}
