using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Caches.Backing;
using OpsModule.Engine.Areas.Caches.Forgetting;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Areas.Health.Changing;
using OpsModule.Engine.Areas.Imports;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Areas.Recovery.Missing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Areas.Rollouts.Building;
using OpsModule.Engine.Areas.Rollouts.Clusters;
using OpsModule.Engine.Areas.Rollouts.Limits;
using OpsModule.Engine.Areas.Rollouts.Proxies.Changing;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.EnvFiles.Changing;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Postgres.Layout;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Procedures.Sets.Changing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>
/// The table of all kinds of change, each killed (SIGKILL, in a process of its own) at every line that it writes to the journal, and right
/// before the line that says that a step is done; then it is gone on with, and taken back. A kind that has no row here fails
/// <see cref="FolderKindTests"/>.
/// </summary>
internal static class KilledKinds
{
    /// <summary>Kinds that need folders only, and where each is made.</summary>
    public static readonly IReadOnlyDictionary<string, Func<KilledLab>> OfFolders = new Dictionary<string, Func<KilledLab>>
    {
        ["several"] = () => new StoreLab(StoreChange.CopyTwo),
        [CopyBackup.KindName] = () => new StoreLab(StoreChange.Copy),
        [RemoveBackup.KindName] = () => new StoreLab(StoreChange.Remove),
        [RemoveStray.KindName] = () => new StoreLab(StoreChange.RemoveStray),
        [MarkBackup.KindName] = () => new StoreLab(StoreChange.Pin),
        [RetainBackups.KindName] = () => new StoreLab(StoreChange.Retain),
        [ClearStorage.KindName] = () => new LogLab(),
        [WriteLimits.KindName] = () => new LimitLab(),
        [ConfigureProxy.KindName] = () => new ProxyConfigurationLab(),
        [BackUpConfiguration.KindName] = () => new ConfigurationKillLab(restores: false),
        [RestoreConfiguration.KindName] = () => new ConfigurationKillLab(restores: true),
        [BackUpEnvironment.KindName] = () => new SetKillLab(BackUpEnvironment.KindName),
        [SealSet.KindName] = () => new SetKillLab(SealSet.KindName),
        [RestoreEnvironment.KindName] = () => new SetKillLab(RestoreEnvironment.KindName),
    };

    /// <summary>Kinds of secrets, the last one with a service that reads one.</summary>
    public static readonly IReadOnlyDictionary<string, Func<KilledLab>> OfSecrets = new Dictionary<string, Func<KilledLab>>
    {
        [SetSecret.KindName] = () => new SecretLab(finishes: false),
        [FinishSecret.KindName] = () => new SecretLab(finishes: true),
        [RotateInPhases.KindName] = () => new PhaseKillLab(),
        [SetEnvFileValue.KindName] = () => new EnvFileLab(),
        [RotateSecrets.KindName] = () => new RotationKillLab(),
        [LockDownEnvironment.KindName] = () => new LockdownKillLab(),
    };

    /// <summary>Kinds of tenants, which need a database server and an application.</summary>
    public static readonly IReadOnlyDictionary<string, Func<PostgresFixture, KilledLab>> OfTenants = new Dictionary<string, Func<PostgresFixture, KilledLab>>
    {
        [SuspendTenant.KindName] = postgres => new TenantKillLab(postgres, SuspendTenant.KindName),
        [ResumeTenant.KindName] = postgres => new TenantKillLab(postgres, ResumeTenant.KindName),
        [RenewSuspension.KindName] = postgres => new TenantKillLab(postgres, RenewSuspension.KindName),
    };

    /// <summary>Kinds that need a Docker engine.</summary>
    public static readonly IReadOnlyDictionary<string, Func<KilledLab>> OfServices = new Dictionary<string, Func<KilledLab>>
    {
        [StartService.KindName] = () => new ComposeLab(ServiceChange.Start),
        [ReleaseService.KindName] = () => new ComposeLab(ServiceChange.Start, isRelease: true),
        [StopService.KindName] = () => new ComposeLab(ServiceChange.Stop),
        [RestartService.KindName] = () => new ComposeLab(ServiceChange.Restart),
        [ScaleService.KindName] = () => new ComposeLab(ServiceChange.Scale),
        [RecreateService.KindName] = () => new ComposeLab(ServiceChange.Recreate),
        [UpdateService.KindName] = () => new RolloutKillLab(),
        [BuildImage.KindName] = () => new BuildLab(),
    };

    /// <summary>Kinds that need a cluster.</summary>
    public static readonly IReadOnlyDictionary<string, Func<KilledLab>> OfClusters = new Dictionary<string, Func<KilledLab>>
    {
        [RollOutWorkload.KindName] = () => new WorkloadKillLab(),
    };

    /// <summary>Kinds that need a certificate authority, and a name that is served.</summary>
    public static readonly IReadOnlyDictionary<string, Func<AcmeFixture, KilledLab>> OfCertificates = new Dictionary<string, Func<AcmeFixture, KilledLab>>
    {
        [UpdateCertificate.KindName] = acme => new CertificateLab(acme),
    };

    /// <summary>
    /// Kinds that need a database server, which their own classes kill. Missing roles are made in one transaction, and are not killed at each line.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, Type> OfDatabases = new Dictionary<string, Type>
    {
        [BackUpDatabase.KindName] = typeof(Backups.KilledBackupTests),
        [BackUpCache.KindName] = typeof(Caches.CacheKillTests),
        [SwapCache.KindName] = typeof(Caches.CacheKillTests),
        [LoadCache.KindName] = typeof(Caches.CacheKillTests),
        [ForgetReplaced.KindName] = typeof(Caches.CacheKillTests),
        [ImportBackup.KindName] = typeof(Imports.ImportTests),
        [RestoreTenant.KindName] = typeof(Recovery.KilledRestoreTests),
        [RestoreDatabase.KindName] = typeof(Recovery.KilledRestoreTests),
        [UndoRestore.KindName] = typeof(Recovery.KilledRestoreTests),
        [RemoveRestore.KindName] = typeof(Recovery.KilledRestoreTests),
        [MakeGlobals.KindName] = typeof(Recovery.CreateMissingTests),
        [IssueKey.KindName] = typeof(Secrets.ApiKeys.TableKeyTests),
        [RevokeKeys.KindName] = typeof(Secrets.ApiKeys.TableKeyTests),
        [InitializeRotation.KindName] = typeof(Secrets.Postgres.InitializeRotationTests),
    };

    /// <summary>Kinds with a row.</summary>
    public static IEnumerable<string> All => OfFolders.Keys.Concat(OfSecrets.Keys).Concat(OfTenants.Keys).Concat(OfServices.Keys).Concat(OfClusters.Keys).Concat(OfCertificates.Keys).Concat(OfDatabases.Keys);

    /// <summary>
    /// The kinds to kill. What takes minutes is killed only where the whole is proven, in shares: one test may not take ten minutes.
    /// </summary>
    /// <param name="kinds">All of them.</param>
    /// <param name="slow">Those that take minutes.</param>
    public static TheoryData<string, int, int> Rows(IEnumerable<string> kinds, params string[] slow)
    {
        const int shares = 8;
        var rows = new TheoryData<string, int, int>();
        foreach (string kind in kinds)
        {
            if (!slow.Contains(kind)) rows.Add(kind, 1, 1);
            else if (Proof.Whole) for (int share = 1; share <= shares; share++) rows.Add(kind, share, shares);
        }
        return rows;
    }

    /// <summary>
    /// Proves one kind: made and taken back as a whole, then killed at each place, in turn gone on with and taken back; both ways for each
    /// where the whole is proven.
    /// </summary>
    /// <param name="lab">Where.</param>
    /// <param name="share">Which share of the places, from 1.</param>
    /// <param name="of">How many shares there are.</param>
    public static async Task ProveAsync(KilledLab lab, int share = 1, int of = 1)
    {
        (string after, bool isUndoable, IReadOnlyList<string> places) = await RunWholeAsync(lab);
        Assert.True(places.Count >= of, $"{places.Count} places are fewer than {of} shares.");
        foreach ((int number, string place) in places.Index().Where(p => p.Index % of == share - 1))
            foreach (bool resume in Proof.Whole ? new[] { true, false } : [(number + (number / 2)) % 2 == 0])
            {
                try { await KillAsync(lab, place, resume, after, isUndoable); }
                catch (Exception e) { throw new InvalidOperationException($"Killed at '{place}', then {(resume ? "gone on with" : "taken back")}: {e.Message}", e); }
            }
    }

    private static async Task<(string After, bool IsUndoable, IReadOnlyList<string> Places)> RunWholeAsync(KilledLab lab)
    {
        await lab.PrepareAsync();
        string before = await lab.LookAsync();
        ChangePlan plan = await lab.PlanAsync();
        var runner = new ChangeRunner(lab.Context);
        ChangeResult made = (await runner.RunAsync(plan, default))!;
        string after = await lab.LookAsync();
        if (lab.IsSeen) Assert.NotEqual(before, after);
        JournalEntry entry = lab.Context.Journal.Find(made.Change!)!;
        if (plan.Undo is not null)
        {
            await runner.UndoAsync(entry, default);
            Assert.Equal(before, await lab.LookAsync());
        }
        return (after, plan.Undo is not null, Places(lab, entry));
    }

    private static async Task KillAsync(KilledLab lab, string place, bool resume, string after, bool isUndoable)
    {
        isUndoable = lab.UndoesAt(place) ?? isUndoable;
        await lab.PrepareAsync();
        string before = await lab.LookAsync();
        ChangePlan plan = await lab.PlanAsync();
        File.WriteAllBytes(Path.Combine(lab.Folder, "plan.json"), PlanFile.Write(plan));
        Assert.Equal(137, await Probe.RunPlanAsync(place, lab.Folder));
        JournalEntry killed = Assert.Single(lab.Context.Journal.FindUnfinished().Select(u => lab.Context.Journal.Find(u.Id)!), c => c.Parent is null);
        var runner = new ChangeRunner(lab.Context);
        if (!resume && !isUndoable)
            Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(killed, default))).ErrorId);
        bool takesBack = !resume && isUndoable;

        if (takesBack) await runner.UndoAsync(killed, default);
        else await runner.ResumeAsync(lab.Context.Journal.Find(killed.Id)!, default);

        Assert.Equal(takesBack ? before : after, await lab.LookAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        Assert.Empty(Directory.GetFiles(Path.Combine(lab.Context.Environment.StateDirectory, "changes")));
        Assert.True(new Journal(lab.Context.Environment, TimeProvider.System).Test().Passed);
    }

    /// <summary>Where it can die, in the order in which it comes there; what comes again is counted.</summary>
    private static List<string> Places(KilledLab lab, JournalEntry entry)
    {
        var lines = new List<string>();
        foreach ((int number, JournalEntry part) in lab.Context.Journal.FindParts(entry.Id).Index())
        {
            lines.Add("started");
            lines.AddRange(OfOne(part));
        }
        lines.AddRange(OfOne(entry));
        var seen = new Dictionary<string, int> { ["started"] = 1 };
        return [.. lines.Select(line => (seen[line] = seen.GetValueOrDefault(line) + 1) is 1 ? line : $"{line}@{seen[line]}")];
    }

    private static IEnumerable<string> OfOne(JournalEntry entry) => entry.Steps.SelectMany(s => !s.Name.EndsWith(ChangeRun.EndOfStep, StringComparison.Ordinal) ? new[] { s.Name }
        : Proof.Whole ? ["before " + s.Name, s.Name] : ["before " + s.Name]).Append("completed");
}
