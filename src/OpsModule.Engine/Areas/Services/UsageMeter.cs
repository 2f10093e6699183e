using System.Collections.Concurrent;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Measures what running instances and the host use, all at the same time.</summary>
public sealed class UsageMeter(OpsContext context)
{
    private static readonly TimeSpan HostInterval = TimeSpan.FromSeconds(1);

    // A measurement is a second of waiting, not of work.
    private const int Together = 64;

    /// <summary>Measures every instance of the services that runs.</summary>
    public Task MeasureAsync(IServicePlatform platform, IEnumerable<ServiceRecord> services, Action<ResourceUsage> emit, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        // What a whole platform cannot do is said once, not for every instance.
        var told = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        IEnumerable<ServiceInstance> running = services.SelectMany(s => s.Instances).Where(i => i.State is InstanceState.Running or InstanceState.Paused);
        return Parallel.ForEachAsync(running, new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cancellationToken }, async (instance, ct) =>
        {
            try { emit(ResourceUsage.Of(context, instance.Service, instance.Name, await platform.MeasureAsync(instance, ct).ConfigureAwait(false))); }
            catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { context.Reporter.Verbose($"{instance.Name} has gone while it was measured."); }
            catch (OpsException e)
            {
                if (told.TryAdd(e.Message, true)) fail(e);
            }
        });
    }

    /// <summary>Measures the machine that this runs on; null where the system does not tell.</summary>
    public async Task<ResourceUsage?> MeasureHostAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux()) return null;
        HostFigures before = HostFigures.Read();
        await Task.Delay(HostInterval, context.Time, cancellationToken).ConfigureAwait(false);
        return ResourceUsage.Of(context, null, Environment.MachineName, HostFigures.Read().Since(before));
    }
}
