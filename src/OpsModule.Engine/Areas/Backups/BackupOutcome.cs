using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>What came of a backup.</summary>
/// <param name="Records">Its record for each store that has it, at least one.</param>
/// <param name="Failures">The stores that failed while others went on; each has been told.</param>
public sealed record BackupOutcome(IReadOnlyList<BackupRecord> Records, IReadOnlyList<OpsException> Failures);
