using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Procedures.Sets.Parts;

/// <summary>How things of one kind are backed up and restored as parts of a set.</summary>
internal interface ISetPart
{
    /// <summary>The kind.</summary>
    BackupKind Kind { get; }

    /// <summary>The names of what the environment has of it.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The plan of a backup.</summary>
    Task<ChangePlan> PlanBackupAsync(string name, SetOrder order, CancellationToken cancellationToken);

    /// <summary>The plan of a restore; null when nothing differs from the backup.</summary>
    Task<ChangePlan?> PlanRestoreAsync(BackupRecord backup, CancellationToken cancellationToken);
}
