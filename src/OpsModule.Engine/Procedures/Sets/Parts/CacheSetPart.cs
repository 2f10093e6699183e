using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Backing;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Procedures.Sets.Parts;

/// <summary>Whole caches in sets. What is live is exchanged for the backup at once, and kept.</summary>
/// <param name="context">The environment and what goes with it.</param>
internal sealed class CacheSetPart(OpsContext context) : ISetPart
{
    public BackupKind Kind => BackupKind.Cache;

    public IReadOnlyList<string> Names => [.. context.Environment.Caches.Keys];

    public Task<ChangePlan> PlanBackupAsync(string name, SetOrder order, CancellationToken cancellationToken) =>
        new CacheBackupPlanner(context).PlanAsync(new CacheBackupRequest
        {
            Name = name, Stores = order.Stores, Labels = order.Labels, Compression = order.Compression,
        }, static unknown => throw unknown, cancellationToken);

    public async Task<ChangePlan?> PlanRestoreAsync(BackupRecord backup, CancellationToken cancellationToken) =>
        await new CacheRestorePlanner(context).PlanAsync(new CacheRestoreRequest { Backups = [backup] }, cancellationToken)
            .ConfigureAwait(false);
}
