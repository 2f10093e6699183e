using System.Runtime.CompilerServices;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Procedures.Sets.Changing;

namespace OpsModule.Engine.Procedures;

/// <summary>The kinds of change that procedures make. A new kind is one more line here.</summary>
internal static class ProcedureKinds
{
    // As with those of the areas: the runner stands below and cannot name them.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => ChangeKind.Registered =
    [
        .. ChangeKind.Registered,
        new BackUpEnvironment(), new SealSet(), new RestoreEnvironment(), new ReleaseService(),
    ];
}
