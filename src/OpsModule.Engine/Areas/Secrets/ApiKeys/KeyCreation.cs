using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Makes keys, and sees by the list that they are what was asked for.</summary>
internal static class KeyCreation
{
    /// <summary>A list may be a moment behind.</summary>
    private const int Looks = 6;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Makes one.</summary>
    /// <param name="issuer">Where it is kept.</param>
    /// <param name="run">The change.</param>
    /// <param name="label">Its name.</param>
    /// <param name="value">The key that is to be made, where keys are made here.</param>
    /// <param name="secret">The secret's name.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>ApiKeyAnswerUnknown</c>: it has the id of another one, which would be revoked in its place; or it
    /// is not listed under its name, by which one whose answer is lost is found.</exception>
    public static async Task<NewKey> MakeAsync(IKeyIssuer issuer, ChangeRun run, string label, string value, string secret,
        CancellationToken ct)
    {
        HashSet<string> before = [.. (await issuer.ListAsync(ct).ConfigureAwait(false)).Select(k => k.Id)];
        NewKey made = await issuer.CreateAsync(run, label, value, ct).ConfigureAwait(false);
        if (before.Contains(made.Id))
            throw ApiKeyErrors.ApiKeyAnswerUnknown.Make($"{issuer.Words} says that the new key has the id {made.Id}, which another key has "
                + "since before. Nothing was revoked.", $"Say where the id of a new key stands: secrets.{secret}.apiKey (id).", secret);
        IssuedKey? listed = null;
        for (int look = 0; look < Looks && listed is null; look++)
        {
            if (look > 0) await Task.Delay(Pause, run.Context.Time, ct).ConfigureAwait(false);
            listed = (await issuer.ListAsync(ct).ConfigureAwait(false)).FirstOrDefault(k => k.Id == made.Id);
        }
        if (listed is { IsRevoked: false } && listed.Name == label) return made;
        if (listed is { IsRevoked: false }) await KeyRevocation.MakeAsync(issuer, run, [made.Id], secret, ct).ConfigureAwait(false);
        string where = $"Say where things stand: secrets.{secret}.apiKey (id, name, revoked, items).";
        throw listed switch
        {
            null => ApiKeyErrors.ApiKeyAnswerUnknown.Make($"{issuer.Words} says that it has made a key {made.Id}, and does not list it.",
                $"Look there for {made.Id}, and revoke it by hand. {where}", secret),
            { IsRevoked: true } => ApiKeyErrors.ApiKeyAnswerUnknown.Make($"{issuer.Words} says that it has made a key {made.Id}, and "
                + "lists it as revoked.", where, secret),
            _ => ApiKeyErrors.ApiKeyAnswerUnknown.Make($"{issuer.Words} lists the new key {made.Id} under another name than was asked for, "
                + "by which nobody would find it. It was revoked.", where, secret),
        };
    }
}
