using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Procedures.Sets.Changing;
using OpsModule.Engine.Procedures.Sets.Parts;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Procedures.Sets.Planning;

/// <summary>Plans a set of backups: all databases, caches and the configuration of an environment.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class EnvironmentBackupPlanner(OpsContext context)
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Backup-OpsEnvironment";

    /// <summary>Plans one.</summary>
    /// <param name="stores">The stores; all of them have to take each backup. Null for all of the environment's.</param>
    /// <param name="skip">Kinds that are left out.</param>
    /// <param name="labels">Labels, beside the environment's.</param>
    /// <param name="compression">How to compress.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>BackupSetEmpty</c>, and what planning a backup throws.</exception>
    public async Task<ChangePlan> PlanAsync(IReadOnlyList<string>? stores, IReadOnlyList<BackupKind> skip,
        IReadOnlyDictionary<string, string> labels, Compression compression, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> meant = new BackupCatalog(context).CheckStores(stores);
        string id = BackupKeys.NewId(context.Time.GetUtcNow());
        var order = new SetOrder(meant, new Dictionary<string, string>(labels) { [BackupSetCatalog.Label] = id },
            BackupPlanner.CompressionOf(compression));
        var (parts, subjects) = (new List<ChangePlan>(), new List<string>());
        foreach (ISetPart part in SetParts.Of(context).Where(p => !skip.Contains(p.Kind)))
            foreach (string name in part.Names)
            {
                parts.Add(await part.PlanBackupAsync(name, order, cancellationToken).ConfigureAwait(false));
                subjects.Add($"{part.Kind.Word()}/{name}");
            }
        if (parts.Count == 0)
            throw SetErrors.Empty.Make($"Of the environment {context.Environment.Name} nothing is left for a set.",
                "Name databases in the environment file, or leave -Skip out.", context.Environment.Name);
        parts.Add(Seal(id, meant, subjects));
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = BackUpEnvironment.KindName, Action = Action, Target = "environment/"
                + context.Environment.Name,
            Subject = $"environment {context.Environment.Name} ({string.Join(", ", subjects)})",
            Summary = $"Back up {subjects.Count} things as the set {id} to {string.Join(", ", meant)}", Parts = parts,
                PlannedAt = context.Time.GetUtcNow(),
            Steps = [.. parts.Select(p => new PlannedStep(p.Kind, $"{p.Summary} ({p.Target})."))], Warnings = Warnings(parts, skip),
            Undo = "the set is none any more; complete backups stay, for they change nothing of what is operated",
        };
    }

    private List<string> Warnings(List<ChangePlan> parts, IReadOnlyList<BackupKind> skip)
    {
        List<string> warnings = [.. parts.SelectMany(p => p.Warnings)];
        if (context.Environment.Backups.Recipients.Count == 0 && !skip.Contains(BackupKind.Configuration))
            warnings.Add("Backups are not encrypted, so the configuration is in the set without its secrets, and those are not restored.");
        return warnings;
    }

    private ChangePlan Seal(string id, IReadOnlyList<string> stores, IReadOnlyList<string> subjects) => new()
    {
        Environment = context.Environment.Name, Kind = SealSet.KindName, Action = Action, Target = "set/" + id,
        Summary = $"Write the manifest of the set {id}, which makes it one", PlannedAt = context.Time.GetUtcNow(),
        Arguments = new Dictionary<string, string>
        {
            [SealSet.Id] = id, [SealSet.Stores] = string.Join('\n', stores), [SealSet.Subjects] = string.Join('\n', subjects),
        },
        Steps = [new PlannedStep(SealSet.Step, "Look for all of its backups in each store, and write the manifest where they are.")],
        Undo = "the set's manifest is removed; its backups stay",
    };
}
