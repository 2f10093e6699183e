using System.Runtime.CompilerServices;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Areas.Storage;
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
        ChangeKind.Registered = Planned();
        UnplannedChange.Registered = [new UnplannedBackups(), new UnplannedRestores(), new UnplannedWork()];
    }

    private static ChangeKind[] Planned() =>
    [
        new SeveralChanges(),
        new StartService(), new StopService(), new RestartService(), new ScaleService(),
        new CopyBackup(), new RemoveBackup(), new RemoveStray(),
        new ClearStorage(),
    ];
}
