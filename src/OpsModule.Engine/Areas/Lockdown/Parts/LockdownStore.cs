using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>The store that evidence and emergency keys lie in.</summary>
internal static class LockdownStore
{
    /// <summary>Its name; a mark where there is none.</summary>
    public static string Name(OpsContext context) => Find(context) ?? "(none)";

    /// <summary>Its name, when what lies in it can be encrypted.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>EvidenceNotPossible</c>.</exception>
    public static string Check(OpsContext context)
    {
        string environment = context.Environment.Name;
        if (context.Environment.Backups.Recipients.Count == 0)
            throw LockdownErrors.EvidenceNotPossible.Make($"Nothing of {environment} is encrypted: backups.encryption.recipients names "
                + "nobody, and evidence must not lie about in clear. Nothing was done.",
                "Name a recipient whose key is not on this machine (age-keygen makes one); or leave it out: -Skip Evidence, EmergencyKeys.",
                environment);
        return Find(context) ?? throw LockdownErrors.EvidenceNotPossible.Make($"The environment {environment} has no store for evidence.",
            "Add one under backups.stores, best one that this machine can only add to.", environment);
    }

    private static string? Find(OpsContext context) => context.Environment.Section<LockdownSettings>().Store
        ?? context.Environment.Backups.Stores.Keys.FirstOrDefault();
}
