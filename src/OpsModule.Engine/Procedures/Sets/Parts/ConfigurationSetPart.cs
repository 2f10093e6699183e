using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Procedures.Sets.Parts;

/// <summary>The configuration in sets: encrypted where backups are, else without its secrets.</summary>
/// <param name="context">The environment and what goes with it.</param>
internal sealed class ConfigurationSetPart(OpsContext context) : ISetPart
{
    public BackupKind Kind => BackupKind.Configuration;

    public IReadOnlyList<string> Names => [ConfigurationBackupArguments.Name];

    public async Task<ChangePlan> PlanBackupAsync(string name, SetOrder order, CancellationToken cancellationToken) =>
        (await new ConfigurationBackupPlanner(context).PlanAsync(new ConfigurationBackupRequest
        {
            Stores = order.Stores, Labels = order.Labels, Compression = order.Compression,
                Redact = context.Environment.Backups.Recipients.Count == 0,
        }, static unknown => throw unknown, cancellationToken).ConfigureAwait(false)).Plan!;

    public Task<ChangePlan?> PlanRestoreAsync(BackupRecord backup, CancellationToken cancellationToken) =>
        new ConfigurationRestorePlanner(context).PlanAsync(backup, null, cancellationToken);
}
