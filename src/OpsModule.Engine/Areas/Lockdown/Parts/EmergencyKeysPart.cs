using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>
/// Keys are issued for those who cannot be without one. They lie encrypted beside the evidence, for whoever has the key: they are shown
/// nowhere. What was issued in a run that died is revoked: nobody has it.
/// </summary>
internal sealed class EmergencyKeysPart(OpsContext context) : ILockdownPart
{
    /// <summary>The key of where they lie, in what the journal keeps.</summary>
    public const string Location = "emergency.location";

    public LockdownPart Part => LockdownPart.EmergencyKeys;

    public string? Words => context.Environment.Section<LockdownSettings>().EmergencyKeys
        ? $"issue emergency keys, encrypted, in store {LockdownStore.Name(context)}" : null;

    public async Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        LockdownStore.Check(context);
        foreach (SecretEntry entry in Issuing()) await KeyIssuers.Open(context, entry).ListAsync(cancellationToken).ConfigureAwait(false);
        return [.. LockdownKeys.All(context).Where(e => e.IsPhased).Select(e => $"The list {e.Name} gets no emergency key: its new key "
            + "stands in its places.")];
    }

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(LockdownStore.Check(context));
        string label = KeyLabel.Of(LockdownKeys.Emergency, run.Id);
        var text = new StringBuilder();
        foreach (SecretEntry entry in Issuing())
        {
            IKeyIssuer issuer = KeyIssuers.Open(context, entry);
            IReadOnlyList<IssuedKey> there = await issuer.ListAsync(cancellationToken).ConfigureAwait(false);
            string[] lost = [.. there.Where(k => !k.IsRevoked && k.Name == label).Select(k => k.Id)];
            if (lost.Length > 0) await KeyRevocation.MakeAsync(issuer, run, lost, entry.Name, cancellationToken).ConfigureAwait(false);
            string value = (entry.ApiKey?.Prefix ?? "") + SecretGenerator.Make(entry.Length, entry.Alphabet);
            HiddenWords.Add(value);
            NewKey made = await KeyCreation.MakeAsync(issuer, run, label, value, entry.Name, cancellationToken).ConfigureAwait(false);
            HiddenWords.Add(made.Value);
            text.Append(CultureInfo.InvariantCulture, $"{entry.Name}={made.Value}\n");
        }
        byte[] plain = Encoding.UTF8.GetBytes(text.ToString());
        byte[] hidden = await Age.EncryptAsync(plain, context.Environment.Backups.Recipients, cancellationToken).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(plain);
        string at = context.Time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
        string key = $"lockdown/{run.Id}/emergency-keys-{at}.age";
        await store.WriteAsync(key, hidden, cancellationToken).ConfigureAwait(false);
        return new PartOutcome($"one key for each of {string.Join(", ", Issuing().Select(e => e.Name))}: {store.LocationOf(key)}", [])
        {
            Data = new Dictionary<string, string> { [Location] = store.LocationOf(key) },
        };
    }

    /// <summary>Where keys are issued one by one.</summary>
    private IReadOnlyList<SecretEntry> Issuing()
    {
        SecretEntry[] all = [.. LockdownKeys.All(context).Where(e => !e.IsPhased)];
        return all.Length > 0 ? all : throw LockdownErrors.KeysNotDeclared.Make(
            $"All keys of {context.Environment.Name} stand in lists of variables, where none is issued by itself.",
            "Take emergencyKeys out of lockdown: the new key of a list stands in its places.", context.Environment.Name);
    }
}
