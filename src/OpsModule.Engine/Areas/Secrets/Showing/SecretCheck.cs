using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Showing;

/// <summary>Whether what is to be rotated was, and whether a rotation waits for too long. The area of health is told of it.</summary>
internal static class SecretCheck
{
    public const string Name = "secret.overdue";

    /// <summary>One check for each secret that is to be rotated from time to time, or is being rotated.</summary>
    public static IEnumerable<HealthCheck> All(OpsContext context) => context.Environment.Section<SecretsSettings>().Entries.Values
        .Select(entry => new HealthCheck(Name, entry.Name, (report, _) =>
        {
            (HealthStatus status, string words, string remedy) = Judge(context, entry);
            report.Said(status, words, remedy);
            return Task.CompletedTask;
        }) { Blocks = true, TimeoutRemedy = "Is the disk of the state folder there, and does it answer?" });

    private static (HealthStatus Status, string Words, string Remedy) Judge(OpsContext context, SecretEntry entry)
    {
        SecretRecord record = new SecretCatalog(context).Judge(entry);
        DateTimeOffset now = context.Time.GetUtcNow();
        KeptSecret kept = new SecretStore(context).Read(entry.Name);
        if (record.Status == SecretStatus.Waiting && kept.ByHandSince is { } since && since + SecretCatalog.ByHandPatience <= now)
            return (HealthStatus.Degraded, $"The old value is valid elsewhere since {since:yyyy-MM-dd HH:mm}Z: {record.Message}.",
                $"Disable it there, then run Complete-OpsSecretRotation {entry.Name}.");
        bool late = record is { Status: SecretStatus.Waiting, Change: { } change } && context.Journal.Find(change)?.Due <= now;
        return record.Status switch
        {
            SecretStatus.Unknown => (HealthStatus.Unknown, record.Message, $"Rotate it once by its name: Invoke-OpsSecretRotation "
                + $"{entry.Name}. From its end on its time is known."),
            SecretStatus.Overdue when entry.IsMadeElsewhere => (HealthStatus.Degraded, record.Message, "Make a new one where it is made, "
                + $"and hand it in: Invoke-OpsSecretRotation {entry.Name} -Value (Read-Host -AsSecureString). -Due "
                + "leaves it out."),
            SecretStatus.Overdue => (HealthStatus.Degraded, record.Message, $"Rotate it: Invoke-OpsSecretRotation {entry.Name}, or -Due "
                + $"in a schedule."),
            SecretStatus.Unfinished when record.Change is { } ended && context.Journal.Find(ended)?.Outcome is JournalOutcome.Failed
                or JournalOutcome.Cancelled => (HealthStatus.Degraded, record.Message, $"Take the rest of it back: Undo-OpsChange {ended}."),
            SecretStatus.Unfinished => (HealthStatus.Degraded, record.Message, $"Go on with it (Resume-OpsChange {record.Change}), or "
                + $"take it back (Undo-OpsChange {record.Change})."),
            SecretStatus.Waiting when late => (HealthStatus.Degraded, $"A rotation waits beyond its time: {record.Message}.",
                "Go on with what is due: Resume-OpsChange -Due. Put that line into a schedule."),
            _ => (HealthStatus.Healthy, record.Message, ""),
        };
    }
}
