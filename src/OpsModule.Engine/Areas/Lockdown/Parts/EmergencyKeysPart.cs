using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Tenants.Keys;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>
/// Keys are issued for those who cannot be without one. They lie encrypted beside the evidence, for whoever has the key: they are shown
/// nowhere, and a kill loses none.
/// </summary>
internal sealed class EmergencyKeysPart(OpsContext context) : ILockdownPart
{
    /// <summary>The key of where they lie, in what the journal keeps.</summary>
    public const string Location = "emergency.location";

    public LockdownPart Part => LockdownPart.EmergencyKeys;

    public string? Words => context.Environment.Section<LockdownSettings>().EmergencyKeys
        ? $"issue emergency keys, encrypted, in store {LockdownStore.Name(context)}" : null;

    public Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        LockdownStore.Check(context);
        _ = KeyRevocation.Of(context);
        return Task.FromResult<IReadOnlyList<string>>([]);
    }

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        IBackupStore store = context.OpenStore(LockdownStore.Check(context));
        IReadOnlyList<(string Name, string Key)> issued = await KeyRevocation.Of(context).IssueEmergencyAsync(run, cancellationToken)
            .ConfigureAwait(false);
        foreach ((_, string made) in issued) HiddenWords.Add(made);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(issued.Select(i => $"{i.Name}={i.Key}\n")));
        byte[] hidden = await Age.EncryptAsync(text, context.Environment.Backups.Recipients, cancellationToken).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(text);
        string at = context.Time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string key = $"lockdown/{run.Id}/emergency-keys-{at}.age";
        await store.WriteAsync(key, hidden, cancellationToken).ConfigureAwait(false);
        return new PartOutcome($"keys for {string.Join(", ", issued.Select(i => i.Name))}: {store.LocationOf(key)}", [])
        {
            Data = new Dictionary<string, string> { [Location] = store.LocationOf(key) },
        };
    }
}
