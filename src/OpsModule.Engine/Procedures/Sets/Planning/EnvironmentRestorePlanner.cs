using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches;
using OpsModule.Engine.Areas.Configuration;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Procedures.Sets.Changing;
using OpsModule.Engine.Procedures.Sets.Parts;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Procedures.Sets.Planning;

/// <summary>
/// Plans the restore of a set: who writes is stopped; databases are restored, then caches, then files; who was stopped is started. The
/// files come last because the servers are reached with the passwords of now.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class EnvironmentRestorePlanner(OpsContext context)
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Restore-OpsEnvironment";

    /// <summary>Plans one; null when all is as in the set.</summary>
    /// <param name="request">What is restored, and how.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>BackupSetIncomplete</c>, <c>BackupSetNotTrusted</c>, and what planning a restore
    /// throws.</exception>
    public async Task<ChangePlan?> PlanAsync(EnvironmentRestoreRequest request, CancellationToken cancellationToken)
    {
        BackupSetRecord set = request.Set;
        IReadOnlyList<BackupRecord> backups = await new BackupSetCatalog(context).OpenAsync(set, cancellationToken).ConfigureAwait(false);
        var warnings = new List<string>();
        List<ChangePlan> restores = await PlanPartsAsync(backups, request.Skip, warnings, cancellationToken).ConfigureAwait(false);
        if (restores.Count == 0) return null;
        (List<ChangePlan> stops, List<ChangePlan> starts) = request.KeepsServices ? ([], [])
            : await PlanServicesAsync(request.Services, cancellationToken).ConfigureAwait(false);
        if (set.Skew > TimeSpan.Zero)
            warnings.Add($"The backups of the set are of moments up to {DurationText.Show(set.Skew)} apart: what was written between is "
                + $"in some of them only.");
        warnings.AddRange(RotatedSince(restores));
        List<ChangePlan> parts = Ordered(stops, restores, starts);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RestoreEnvironment.KindName, Action = Action, Target = "environment/"
                + context.Environment.Name,
            Subject = $"environment {context.Environment.Name}", Parts = parts, PlannedAt = context.Time.GetUtcNow(),
            Summary = $"Restore {restores.Count} of {set.Parts.Count} parts of the set {set.Id} of "
                + $"{set.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC"
                + (stops.Count == 0 ? "" : $", with {stops.Count} service{(stops.Count == 1 ? "" : "s")} stopped meanwhile"),
            Steps = [.. parts.Select(p => new PlannedStep(p.Kind, $"{p.Summary} ({p.Target})."))],
            Figures = [new PlanFigure("skew", DurationText.Show(set.Skew)), .. parts.SelectMany(p => p.Figures)],
            Warnings = [.. warnings, .. parts.SelectMany(p => p.Warnings)], Irreversible = parts.Any(p => p.Irreversible),
            Undo = restores.All(p => p.Undo is not null) ? "what was live is put back, the last part first" : null,
        };
    }

    private async Task<List<ChangePlan>> PlanPartsAsync(IReadOnlyList<BackupRecord> backups, IReadOnlyList<BackupKind> skip,
        List<string> warnings,
        CancellationToken ct)
    {
        var restores = new List<ChangePlan>();
        IReadOnlyList<ISetPart> kinds = SetParts.Of(context);
        foreach (BackupRecord backup in backups.OrderBy(b => kinds.TakeWhile(k => k.Kind != b.Kind).Count()).ThenBy(b => b.Name,
            StringComparer.Ordinal))
        {
            string words = backup.Describe();
            if (skip.Contains(backup.Kind)) warnings.Add($"Left out, as was asked: {words}.");
            else if (kinds.FirstOrDefault(k => k.Kind == backup.Kind) is not { } part) warnings.Add($"The {words} is not restored: this "
                + $"version cannot.");
            else
            {
                try
                {
                    if (await part.PlanRestoreAsync(backup, ct).ConfigureAwait(false) is { } plan) restores.Add(plan);
                    else warnings.Add($"As in its backup, and left as it is: {words}.");
                }
                // Its values are nowhere: the rest of the set is worth no less.
                catch (OpsException e) when (ConfigurationErrors.Redacted.Is(e)) { warnings.Add($"The configuration is not restored. "
                    + $"{e.Message}"); }
                // A cache whose keys have all expired since would be an empty one.
                catch (OpsException e) when (CacheErrors.CacheNothingToRestore.Is(e))
                {
                    warnings.Add($"Left as it is: {words}. {e.Message}");
                }
            }
        }
        return restores;
    }

    /// <summary>The plans that stop who writes, and those that start them again.</summary>
    private async Task<(List<ChangePlan> Stops, List<ChangePlan> Starts)> PlanServicesAsync(IReadOnlyList<string>? written,
        CancellationToken ct)
    {
        IReadOnlyList<ServiceRecord> all = await context.Platform().ListAsync(null, ct).ConfigureAwait(false);
        HashSet<string> servers = [.. context.Environment.Databases.Values.Select(d => d.Service)
            .Concat(context.Environment.Caches.Values.Select(c => c.Service))
            .Concat(context.Environment.Section<ProxiesSettings>().Entries.Values.Select(p => p.Service)).OfType<string>()];
        string[] names = [.. all.Select(s => s.Name)];
        HashSet<string> meant = [.. written is null ? names.Where(n => !servers.Contains(n))
            : NamePattern.ChooseAll(written, names, "service", n => NamePattern.Nothing(n, names, "service"), static e => throw e)];
        ServiceRecord[] running = [.. all.Where(s => meant.Contains(s.Name) && s.Instances.Any(i => i.State is InstanceState.Running
            or InstanceState.Paused or InstanceState.Restarting))];
        ServiceRecord[] order = [.. ServiceOrder.Of(running).SelectMany(g => g)];
        var planner = new ServicePlanner(context);
        List<ChangePlan> stops = [.. order.AsEnumerable().Reverse().Select(s => planner.Plan(ServiceChange.Stop, s,
            new ServiceChangeOptions())).OfType<ChangePlan>()];
        return (stops, [.. order.Where(s => stops.Any(p => p.Target == Target.Service(s.Name).Path)).Select(Release)]);
    }

    private ChangePlan Release(ServiceRecord service) => new()
    {
        Environment = context.Environment.Name, Kind = ReleaseService.KindName, Action = Action, Target = Target.Service(service.Name).Path,
        Summary = $"Start {service.Name} again", Arguments = new Dictionary<string, string> { [ServicePlanner.Service] = service.Name },
        Steps = [new PlannedStep("start", $"Start {service.Name} again.")], PlannedAt = context.Time.GetUtcNow(),
        Undo = "it is stopped again while the rest is taken back",
    };

    /// <summary>
    /// Those that can be taken back come first; what follows one that cannot be is not taken back either. The files stay behind the
    /// databases.
    /// </summary>
    private static List<ChangePlan> Ordered(List<ChangePlan> stops, List<ChangePlan> restores, List<ChangePlan> starts)
    {
        List<ChangePlan> parts = [.. stops, .. restores.OrderBy(p => p.Kind == RestoreConfiguration.KindName).ThenBy(p => p.Undo is null),
            .. starts];
        bool isFinal = false;
        for (int i = 0; i < parts.Count; i++)
        {
            isFinal |= parts[i].Undo is null;
            if (isFinal && parts[i].Undo is not null) parts[i] = parts[i] with { Undo = null };
        }
        return parts;
    }

    /// <summary>Files with a password of now that becomes one of then: servers keep theirs.</summary>
    private IEnumerable<string> RotatedSince(List<ChangePlan> restores)
    {
        if (restores.FirstOrDefault(p => p.Kind == RestoreConfiguration.KindName) is not { } files) yield break;
        string here = context.Environment.Directory.TrimEnd('/') + "/";
        foreach ((SecretReference? secret, string path) in EnvironmentReferences.SecretsOf(context.Environment))
            if (secret?.FilePath is { } file && file.StartsWith(here, StringComparison.Ordinal)
                && files.Figures.Any(f => f.Name == file[here.Length..]))
                yield return $"{file[here.Length..]} holds {path} and differs from the backup: where a password was changed since, the "
                    + $"server keeps "
                    + "the new one, and what is restored is the old one. -Skip Configuration leaves the files as they are.";
    }
}
