using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Keys;

/// <summary>What clients of keys are told before their key is replaced.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class KeyNotice(OpsContext context)
{
    /// <summary>One notice for each secret of the kind apiKey; none for others.</summary>
    /// <param name="names">Secrets, by the names that the environment file has.</param>
    /// <param name="begin">When the new key is made, UTC.</param>
    public IReadOnlyList<Alert> Of(IReadOnlyList<string> names, DateTimeOffset begin)
    {
        IReadOnlyDictionary<string, SecretEntry> all = context.Environment.Section<SecretsSettings>().Entries;
        return [.. names.Select(all.GetValueOrDefault).OfType<SecretEntry>().Where(e => e.Kind == SecretKind.ApiKey).Select(entry =>
        {
            string at = $"{begin.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
            string old = entry.Overlap is { } overlap
                ? $"The old key is accepted for {DurationText.Show(overlap)} from then on at least"
                : "The old key is revoked soon afterwards";
            return new Alert
            {
                // Another time is another notice, and must not be folded into the first one.
                Source = "Invoke-OpsSecretRotation", Target = $"the key {entry.ApiKey?.KeyName ?? entry.Name} at {at}",
                Severity = AlertSeverity.Warning, Title = $"The key {entry.ApiKey?.KeyName ?? entry.Name} is replaced at {at}",
                Message = $"A new key takes the place of {entry.ApiKey?.KeyName ?? entry.Name} at {at}. {old}.",
                Remedy = "Take the new key as soon as you have it.", Time = context.Time.GetUtcNow(),
            };
        })];
    }
}
