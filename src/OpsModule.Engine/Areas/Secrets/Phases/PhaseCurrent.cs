using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>Finds the value that a rotation in phases begins with.</summary>
internal static class PhaseCurrent
{
    /// <summary>The value that counts.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="isAlone">True where the new value takes the place of all others: then it does not matter which of them it was.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException">As <see cref="OpenedSecret.ReadOneAsync"/>.</exception>
    public static async Task<SecretMaterial> FindAsync(OpenedSecret secret, bool isAlone, CancellationToken ct)
    {
        try { return await secret.ReadOneAsync(ct).ConfigureAwait(false); }
        catch (OpsException e) when (isAlone && KeySetErrors.ApiKeyAmbiguous.Is(e))
        {
            foreach (KeySetPlace place in secret.KeySets)
                if (await place.ReadAllAsync(ct).ConfigureAwait(false) is [var first, ..]) return first;
            throw;
        }
    }
}
