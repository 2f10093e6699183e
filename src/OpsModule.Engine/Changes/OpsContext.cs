using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Changes;

/// <summary>What every service of the engine is given: the environment and the collaborators that go with it.</summary>
public sealed record OpsContext
{
    /// <summary>The environment operated on.</summary>
    public required OpsEnvironment Environment { get; init; }

    /// <summary>Where the engine says what it does.</summary>
    public IOpsReporter Reporter { get; init; } = SilentReporter.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The journal.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>The locks.</summary>
    public required ILockProvider Locks { get; init; }

    /// <summary>Opens the store of this name.</summary>
    public required Func<string, IBackupStore> OpenStore { get; init; }
}
