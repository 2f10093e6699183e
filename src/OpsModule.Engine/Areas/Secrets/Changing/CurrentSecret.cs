using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Finds the value that counts now.</summary>
internal sealed class CurrentSecret(OpenedSecret secret)
{
    /// <summary>What was found that people should know; null for nothing.</summary>
    public string? Warning { get; private set; }

    /// <summary>True when what was found was seen refused: a rotation is what mends it.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>
    /// The value that the uses have, where it is accepted; else the first of those that are kept, in the order current, pending, previous,
    /// that is. Where none is, that of the uses: a rotation is what mends it.
    /// </summary>
    public async Task<SecretMaterial> FindAsync(CancellationToken ct)
    {
        SecretMaterial used = await secret.ReadOneAsync(ct).ConfigureAwait(false);
        SecretProof proof = await secret.Driver.ProveAsync(used, ct).ConfigureAwait(false);
        if (proof.IsProven || proof.IsFinal) return used;
        KeptSecret kept = secret.Store.Read(secret.Entry.Name);
        foreach ((SecretMaterial? other, string which) in new[] { (kept.Current, "current"), (kept.Pending, "pending"),
            (kept.Previous, "previous") })
        {
            if (other is null || other.Equals(used)) continue;
            if (!(await secret.Driver.ProveAsync(other, ct).ConfigureAwait(false)).IsProven) continue;
            Warning = $"The value that the uses of {secret.Entry.Name} have was not seen accepted ({proof.Words}); the {which} one that is "
                + "kept was.";
            return other;
        }
        // What nobody answered for is not refused.
        IsRefused = (await secret.Driver.ProveRefusedAsync(used, ct).ConfigureAwait(false)).IsProven;
        Warning = $"The value that the uses of {secret.Entry.Name} have was not seen accepted: {proof.Words}.";
        return used;
    }
}
