using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Configuration.Changing;

/// <summary>What is to be done about a backup of the configuration.</summary>
/// <param name="Plan">The plan; null when nothing has changed since the newest ones.</param>
/// <param name="Same">The newest ones, which hold what is live; empty where there is a plan.</param>
public sealed record ConfigurationBackupPlan(ChangePlan? Plan, IReadOnlyList<BackupRecord> Same);
