using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>
/// A value that somebody handed in: it lies sealed in the state folder until its rotation begins, and in no plan. One that waits there is
/// never written over by another; which of them a rotation means its plan says, by the fingerprint.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class HandedInValue(OpsContext context)
{
    /// <summary>Keeps it, beside those that others have handed in.</summary>
    public void Keep(string name, SecretMaterial material) => new SecretStore(context).WriteHandedIn(name, material);

    /// <summary>Forgets it, where its rotation is not made; one that somebody else has handed in stays.</summary>
    public void Forget(string name, SecretMaterial material)
    {
        var store = new SecretStore(context);
        store.ForgetHandedIn(name, store.Fingerprint(material));
    }
}
