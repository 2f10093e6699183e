using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Waits until nothing is left of services that were stopped.</summary>
public sealed class ServiceEndWaiter(OpsContext context)
{
    /// <summary>Waits for all at once.</summary>
    /// <param name="services">The services.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="ended">Told of each service the moment that all its instances have ended.</param>
    /// <param name="failed">Told of each service of which something is left.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task WaitAsync(IReadOnlyList<ServiceRecord> services, TimeSpan timeout, Action<ServiceRecord> ended,
        Action<OpsException> failed, CancellationToken cancellationToken)
    {
        Dictionary<string, ServiceRecord> waiting = services.ToDictionary(s => s.Name, StringComparer.Ordinal);
        var question = new PatientQuestion(context, timeout);
        if (waiting.Count == 0 || await question.RepeatAsync(c => context.Platform().ListAsync([.. waiting.Keys], c), Look,
            cancellationToken)
            .ConfigureAwait(false)) return;
        foreach (ServiceRecord service in waiting.Values) failed(Left(service, timeout, question.Silence));

        bool Look(IReadOnlyList<ServiceRecord>? found)
        {
            foreach (ServiceRecord service in found ?? [])
            {
                // A pod that ends is still there, and may still write.
                waiting[service.Name] = service;
                if (!service.Instances.All(i => i.State is InstanceState.Exited)) continue;
                waiting.Remove(service.Name);
                ended(service);
            }
            return waiting.Count == 0;
        }
    }

    private static OpsException Left(ServiceRecord service, TimeSpan timeout, OpsException? silence) => new("ServiceNotEnded",
        OpsErrorCategory.OperationTimeout,
        $"{service.Name} was stopped, and after {DurationText.Show(timeout)} "
            + (silence?.Message
                ?? $"some of it is left: {string.Join(", ", service.Instances.Where(i => i.State != InstanceState.Exited))}."),
        silence?.RecommendedAction ?? "It may need longer to end by itself: give it more time with -Timeout.", service);
}
