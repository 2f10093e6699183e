using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets.Asking;

/// <summary>
/// Sees an old value refused, and the new one accepted by the same: a server that refuses whoever asks (a list of addresses, a firewall)
/// proves nothing of the old one.
/// </summary>
internal static class RefusedProof
{
    /// <summary>Asks with both, each again until it is as it should be or patience ends.</summary>
    /// <param name="patience">How long is waited.</param>
    /// <param name="driver">What is asked.</param>
    /// <param name="old">The value that is to be refused.</param>
    /// <param name="current">The value that is in use.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<SecretProof> AskAsync(RotationPatience patience, ISecretDriver driver, SecretMaterial old,
        SecretMaterial current, CancellationToken ct)
    {
        SecretProof refused = await patience.AskAsync(token => driver.ProveRefusedAsync(old, token), ct).ConfigureAwait(false);
        if (!refused.IsProven) return refused;
        SecretProof accepted = await patience.AskAsync(token => driver.ProveAsync(current, token), ct).ConfigureAwait(false);
        return accepted.IsProven || accepted.IsFinal ? refused
            : new SecretProof(false, $"{refused.Words}, and the new value is not accepted "
            + $"either ({accepted.Words}), which proves nothing", refused.From, IsAway: accepted.IsAway);
    }
}
