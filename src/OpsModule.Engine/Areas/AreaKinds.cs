using System.Runtime.CompilerServices;
using OpsModule.Engine.Areas.Backups.Unplanned;
using OpsModule.Engine.Areas.Caches.Forgetting;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Caches.Backing;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Checking;
using OpsModule.Engine.Areas.Configuration.Following;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Areas.Health.Changing;
using OpsModule.Engine.Areas.Imports;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Missing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Areas.Rollouts.Building;
using OpsModule.Engine.Areas.Rollouts.Clusters;
using OpsModule.Engine.Areas.Rollouts.Limits;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Rollouts.Proxies.Changing;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.EnvFiles.Changing;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Postgres.Layout;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas;

/// <summary>The kinds of change that areas make. A new kind is one more line here.</summary>
internal static class AreaKinds
{
    // As with the sections of ops.yaml: the runner stands below the areas and cannot name them.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        // Procedures stand above, and tell theirs themselves.
        ChangeKind.Registered = [.. ChangeKind.Registered, .. Planned()];
        ChangeRunner.Following = AfterChange.TakeAsync;
        BackupTester.OfKinds = new Dictionary<BackupKind, Func<OpsContext, BackupRecord, CancellationToken, Task<string>>>
        {
            [BackupKind.Configuration] = ConfigurationTest.RunAsync,
        };
        UnplannedChange.Registered = [new UnplannedBackups(), new UnplannedRestores(), new UnplannedCertificates(), new UnplannedWork()];
    }

    private static ChangeKind[] Planned() =>
    [
        new SeveralChanges(),
        new StartService(), new StopService(), new RestartService(), new ScaleService(), new RecreateService(),
        new BackUpDatabase(), new BackUpCache(), new SwapCache(), new LoadCache(), new ForgetReplaced(), new CopyBackup(),
        new RemoveBackup(), new RemoveStray(), new MarkBackup(), new RetainBackups(),
        new ImportBackup(),
        new BackUpConfiguration(), new RestoreConfiguration(),
        new RestoreTenant(), new RestoreDatabase(), new UndoRestore(), new RemoveRestore(),
        new ClearStorage(), new UpdateCertificate(),
        new MakeGlobals(),
        new RollOutWorkload(), new WriteLimits(), new BuildImage(),
        new UpdateService(),
        new ConfigureProxy(),
        new RotateSecrets(), new SetSecret(), new FinishSecret(), new RotateInPhases(), new IssueKey(), new RevokeKeys(),
        new SetEnvFileValue(),
        new InitializeRotation(),
        new SuspendTenant(), new ResumeTenant(), new RenewSuspension(),
        new LockDownEnvironment(),
    ];
}
