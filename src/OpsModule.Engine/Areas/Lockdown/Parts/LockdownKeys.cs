using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>The keys of APIs that a lockdown looks at.</summary>
internal static class LockdownKeys
{
    /// <summary>What an emergency key is called, before the change's id.</summary>
    public const string Emergency = "emergency";

    /// <summary>All secrets with keys of an API.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>KeysNotDeclared</c>: there is none.</exception>
    public static IReadOnlyList<SecretEntry> All(OpsContext context)
    {
        SecretEntry[] all = [.. context.Environment.Section<SecretsSettings>().Entries.Values.Where(e => e.Kind == SecretKind.ApiKey)];
        return all.Length > 0 ? all : throw LockdownErrors.KeysNotDeclared.Make(
            $"The environment {context.Environment.Name} declares no keys of an API, and so none can be revoked or issued.",
            "Declare where they are kept under secrets: (apiKey), or take keys and emergencyKeys out of lockdown.",
            context.Environment.Name);
    }

    /// <summary>The ids of valid keys, but for the emergency keys of a lockdown, and these.</summary>
    public static async Task<IReadOnlyList<string>> ValidAsync(OpsContext context, SecretEntry entry, string? lockdown,
        IReadOnlyCollection<string> but, CancellationToken ct) =>
        [.. (await KeyIssuers.Open(context, entry).ListAsync(ct).ConfigureAwait(false)).Where(k => !k.IsRevoked && !but.Contains(k.Id)
            && (lockdown is null || k.Name != KeyLabel.Of(Emergency, lockdown))).Select(k => k.Id)];

    /// <summary>
    /// The ids of keys that a rotation has made since a lockdown began. One of an earlier rotation that came to its end since is none.
    /// </summary>
    public static IReadOnlyList<string> New(OpsContext context, SecretEntry entry, LockdownChanges changes)
    {
        KeptSecret kept = new SecretStore(context).Read(entry.Name);
        return [.. new[]
        {
            kept.PendingSince >= changes.Began ? kept.Pending?.Login : null,
            changes.IsReplaced(entry.Name) ? kept.Current?.Login : null,
        }.OfType<string>()];
    }
}
