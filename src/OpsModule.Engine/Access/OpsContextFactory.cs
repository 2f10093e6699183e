using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Locks;
using OpsModule.Engine.Changes.Forwarding;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Access;

/// <summary>Builds the context of one call from an environment.</summary>
public static class OpsContextFactory
{
    /// <summary>The context with the real journal, locks, stores and clock.</summary>
    public static OpsContext Create(OpsEnvironment environment, IOpsReporter reporter) => new()
    {
        Environment = environment,
        Reporter = reporter,
        Journal = new Journal(environment, TimeProvider.System, reporter)
        {
            Forwarder = JournalForwarding.Of(environment, reporter, name => StoreFactory.Open(environment, name)),
        },
        Locks = new FileLocks(environment.StateDirectory, TimeProvider.System),
        OpenStore = name => StoreFactory.Open(environment, name),
        Platforms = ServicePlatforms.Open,
    };
}
