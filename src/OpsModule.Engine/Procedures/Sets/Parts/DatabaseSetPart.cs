using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Procedures.Sets.Parts;

/// <summary>Whole databases in sets.</summary>
/// <param name="context">The environment and what goes with it.</param>
internal sealed class DatabaseSetPart(OpsContext context) : ISetPart
{
    public BackupKind Kind => BackupKind.Database;

    public IReadOnlyList<string> Names => [.. context.Environment.Databases.Keys];

    public async Task<ChangePlan> PlanBackupAsync(string name, SetOrder order, CancellationToken cancellationToken) =>
        (await new BackupPlanner(context).PlanAsync(new BackupRequest
        {
            Name = name, Stores = order.Stores, Labels = order.Labels, Compression = order.Compression,
        }, cancellationToken).ConfigureAwait(false))[0];

    public async Task<ChangePlan?> PlanRestoreAsync(BackupRecord backup, CancellationToken cancellationToken) =>
        await new RestorePlanner(context).PlanAsync([new RestoreRequest { Backup = backup }], counted: false,
            cancellationToken).ConfigureAwait(false);
}
