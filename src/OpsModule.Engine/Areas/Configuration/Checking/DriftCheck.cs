using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Comparing;
using OpsModule.Engine.Areas.Configuration.Settings;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration.Checking;

/// <summary>
/// Whether the newest backup of the configuration in each store holds what is live. The area of health is told of it.
/// </summary>
internal static class DriftCheck
{
    public const string Name = "configuration.drift";

    private const int MostTold = 4;
    private const string Remedy = "See what differs (Compare-OpsConfiguration). If it is meant: Backup-OpsConfiguration.";

    /// <summary>One check for each store, where the environment file has the section configuration.</summary>
    public static IEnumerable<HealthCheck> All(OpsContext context) =>
        !context.Environment.Section<ConfigurationSettings>().IsDeclared ? [] : context.Environment.Backups.Stores.Keys.Select(store =>
            new HealthCheck(Name, $"configuration in {store}", (report, ct) => LookAsync(context, store, report, ct))
            {
                TimeoutRemedy = "Is the store there, and does a firewall let it through?",
                TimeoutStatus = static () => HealthStatus.Unknown,
                Blocks = context.Environment.Backups.Stores[store].Path is not null,
            });

    private static async Task LookAsync(OpsContext context, string store, HealthReport report, CancellationToken ct)
    {
        try
        {
            if (await ConfigurationBackupPlanner.NewestAsync(context, store, ct).ConfigureAwait(false) is not { } newest)
            {
                report.Said(HealthStatus.Unhealthy, $"{store} has no backup of the configuration.", "Backup-OpsConfiguration");
                return;
            }
            // An object that was lost makes the best manifest worthless.
            if (!await new BackupCatalog(context).IsWholeAsync(newest, ct).ConfigureAwait(false))
            {
                report.Said(HealthStatus.Unhealthy, $"Backup {newest.Id} of the configuration is not whole in {store}.",
                    "Backup-OpsConfiguration");
                return;
            }
            Tell(newest, await Task.Run(() => new ConfigurationComparer(context).FindDrift(newest, ct), ct).ConfigureAwait(false), report);
        }
        catch (OpsException e)
        {
            report.Said(HealthStatus.Unknown, $"Whether the backup is of what is live cannot be told: {e.Message}", e.RecommendedAction);
        }
    }

    private static void Tell(BackupRecord newest, IReadOnlyList<string>? differing, HealthReport report)
    {
        string of = $"backup {newest.Id} of {newest.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC";
        if (differing is null)
            report.Said(HealthStatus.Unknown, $"Whether {of} holds what is live cannot be told: its fingerprints are of the key of "
                + $"another state folder.",
                "Make a backup here (Backup-OpsConfiguration), or compare what they hold (Compare-OpsConfiguration).");
        else if (differing.Count == 0) report.Said(HealthStatus.Healthy, $"What is live is as in {of}.", value: "0");
        else
        {
            string names = string.Join(", ", differing.Take(MostTold)) + (differing.Count > MostTold
                ? $" and {differing.Count - MostTold} more" : "");
            report.Said(HealthStatus.Degraded, $"{differing.Count} thing{(differing.Count == 1 ? " differs" : "s differ")} from {of}: "
                + $"{names}.", Remedy,
                value: FormattableString.Invariant($"{differing.Count}"));
        }
    }
}
