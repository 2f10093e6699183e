using System.Globalization;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>What a plan of a workload's rollout says, as its kind reads it.</summary>
internal sealed record WorkloadArguments
{
    private const string ServiceKey = "service", ContainerKey = "container", ImageKey = "image", MemoryKey = "memory", CpuKey = "cpu",
        RevisionKey = "revision", ReasonKey = "reason", StallKey = "stall", WatchKey = "watch", ProbeKey = "probe",
            EndpointKey = "endpoint",
            ErrorsKey = "max-error-rate",
        LatencyKey = "max-latency", RequestsKey = "min-requests";

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>What is edited; null where it goes back to a revision.</summary>
    public WorkloadEdit? Edit { get; init; }

    /// <summary>The name of the revision that it goes back to; null where something is edited.</summary>
    public string? Revision { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>How long it may come no further.</summary>
    public TimeSpan Stall { get; init; }

    /// <summary>How long it is watched.</summary>
    public TimeSpan Watch { get; init; }

    /// <summary>What is asked; null for nothing.</summary>
    public string? Probe { get; init; }

    /// <summary>What is asked while it is watched; null for <see cref="Probe"/>.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The share of requests that may fail, of 1.</summary>
    public double MaxErrorRate { get; init; }

    /// <summary>How slow the slowest of twenty may be; null for as slow as it is.</summary>
    public TimeSpan? MaxLatency { get; init; }

    /// <summary>With fewer requests nothing is proven.</summary>
    public int MinRequests { get; init; }

    /// <summary>Reads a plan.</summary>
    /// <exception cref="FormatException">It contradicts itself.</exception>
    public static WorkloadArguments Of(ChangePlan plan)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        string? revision = given.GetValueOrDefault(RevisionKey), container = given.GetValueOrDefault(ContainerKey);
        string? image = given.GetValueOrDefault(ImageKey), memory = given.GetValueOrDefault(MemoryKey),
            cpu = given.GetValueOrDefault(CpuKey);
        bool edits = image is not null || memory is not null || cpu is not null;
        if (edits == revision is not null || edits == container is null)
            throw new FormatException("it says neither what to change of which container nor to which revision to go back, or both.");
        return new WorkloadArguments
        {
            Service = given[ServiceKey], Edit = edits ? new WorkloadEdit(container!, image, memory, cpu) : null, Revision = revision,
            Reason = given.GetValueOrDefault(ReasonKey), Stall = Time(given[StallKey]), Watch = Time(given[WatchKey]),
            Probe = given.GetValueOrDefault(ProbeKey), Endpoint = given.GetValueOrDefault(EndpointKey),
                MaxErrorRate = double.Parse(given[ErrorsKey], NumberStyles.Float,
                CultureInfo.InvariantCulture),
            MaxLatency = given.TryGetValue(LatencyKey, out string? latency) ? Time(latency) : null,
            MinRequests = int.Parse(given[RequestsKey], NumberStyles.None, CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The same as a plan has it.</summary>
    public Dictionary<string, string> Write()
    {
        var given = new Dictionary<string, string>
        {
            [ServiceKey] = Service, [StallKey] = Text(Stall), [WatchKey] = Text(Watch),
            [ErrorsKey] = MaxErrorRate.ToString("R", CultureInfo.InvariantCulture),
                [RequestsKey] = MinRequests.ToString(CultureInfo.InvariantCulture),
        };
        foreach ((string key, string? value) in new[]
        {
            (ContainerKey, Edit?.Container), (ImageKey, Edit?.Image), (MemoryKey, Edit?.Memory), (CpuKey, Edit?.Cpu),
                (RevisionKey, Revision),
            (ReasonKey, Reason), (ProbeKey, Probe), (EndpointKey, Endpoint), (LatencyKey, MaxLatency is { } latency ? Text(latency) : null),
        })
            if (value is not null) given[key] = value;
        return given;
    }

    private static TimeSpan Time(string text) => TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
