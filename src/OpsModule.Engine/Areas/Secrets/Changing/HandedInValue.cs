using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>A value that somebody handed in: it lies sealed in the state folder until its rotation begins, and in no plan.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class HandedInValue(OpsContext context)
{
    /// <summary>Keeps it; one that was handed in before is replaced.</summary>
    public void Keep(string name, SecretMaterial material) => new SecretStore(context).WriteHandedIn(name, material);

    /// <summary>Forgets it, where its rotation is not made; one that somebody else has handed in since stays.</summary>
    public void Forget(string name, SecretMaterial material)
    {
        var store = new SecretStore(context);
        Forget(store, name, store.Fingerprint(material));
    }

    /// <summary>Forgets the one with this fingerprint.</summary>
    internal static void Forget(SecretStore store, string name, string print)
    {
        if (store.ReadHandedIn(name) is { } kept && store.Fingerprint(kept) == print) store.WriteHandedIn(name, null);
    }
}
