using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Vantages;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Access;

/// <summary>Finds a place in the network where one of several services stands.</summary>
internal static class ServiceVantages
{
    /// <summary>The first running instance from whose network a connection can be made; else why there is none.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="services">The services, those that count most first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">What the platform reports.</exception>
    public static async Task<VantageAnswer> FindAsync(OpsContext context, IReadOnlyList<string> services,
        CancellationToken cancellationToken)
    {
        if (services.Count == 0) return new VantageAnswer(null, "nothing says which service uses it");
        IServicePlatform platform = context.Platform();
        IReadOnlyList<ServiceRecord> found;
        try { found = await platform.ListAsync(services, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ServiceNotFound") { return new VantageAnswer(null, e.Message.TrimEnd('.')); }
        VantageAnswer answer = new(null, $"no instance of {string.Join(", ", services)} runs");
        foreach (ServiceInstance instance in services.SelectMany(s => found.Where(f => f.Name == s)).SelectMany(s =>
            s.Instances).Where(i => i.State == InstanceState.Running))
        {
            answer = await platform.StandAtAsync(instance, cancellationToken).ConfigureAwait(false);
            if (answer.Reason is null) return answer;
        }
        return answer;
    }
}
