using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Changes.Forwarding;

/// <summary>Where the journal gets its forwarder from: sending is an outlet's, which stands above, and which tells itself here.</summary>
public static class JournalForwarding
{
    /// <summary>Makes the forwarder.</summary>
    internal static Func<OpsEnvironment, IOpsReporter, Func<string, IBackupStore>, TimeProvider, IJournalForwarder>? Make { get; set; }

    /// <summary>The forwarder of an environment; null when its journal goes nowhere.</summary>
    public static IJournalForwarder? Of(OpsEnvironment environment, IOpsReporter reporter, Func<string, IBackupStore> openStore) =>
        environment.Section<JournalSettings>().Forward.Count == 0 ? null
        : Make?.Invoke(environment, reporter, openStore, TimeProvider.System)
            ?? throw new InvalidOperationException("Nothing sends the journal, and it is to be sent.");
}
