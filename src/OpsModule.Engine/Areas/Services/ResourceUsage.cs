using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Signals;

namespace OpsModule.Engine.Areas.Services;

/// <summary>What an instance of a service, or the host, uses now.</summary>
public sealed record ResourceUsage : IMetricSource
{
    /// <summary>The environment.</summary>
    public required string Environment { get; init; }

    /// <summary>The service; null for the host.</summary>
    public string? Service { get; init; }

    /// <summary>The instance; for the host its name.</summary>
    public required string Instance { get; init; }

    /// <summary>When it was measured, UTC.</summary>
    public DateTimeOffset MeasuredAt { get; init; }

    /// <summary>Share of one core, times 100: two busy cores are 200.</summary>
    public double CpuPercent { get; init; }

    /// <summary>Memory without what the kernel can take back.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Its limit, for the host all there is; null without one.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Memory as a share of the limit; null without one.</summary>
    public double? MemoryPercent => MemoryLimitBytes is > 0 ? 100.0 * MemoryBytes / MemoryLimitBytes : null;

    /// <summary>Received since it started; null where it cannot be told.</summary>
    public long? NetworkReceivedBytes { get; init; }

    /// <summary>Sent since it started; null where it cannot be told.</summary>
    public long? NetworkSentBytes { get; init; }

    /// <summary>Read from disks since it started; null where it cannot be told.</summary>
    public long? BlockReadBytes { get; init; }

    /// <summary>Written to disks since it started; null where it cannot be told.</summary>
    public long? BlockWrittenBytes { get; init; }

    /// <summary>Processes and threads; null where it cannot be told.</summary>
    public int? Processes { get; init; }

    internal static ResourceUsage Of(OpsContext context, string? service, string instance, InstanceUsage usage) => new()
    {
        Environment = context.Environment.Name,
        Service = service,
        Instance = instance,
        MeasuredAt = context.Time.GetUtcNow(),
        CpuPercent = usage.CpuPercent,
        MemoryBytes = usage.MemoryBytes,
        MemoryLimitBytes = usage.MemoryLimitBytes,
        NetworkReceivedBytes = usage.NetworkReceivedBytes,
        NetworkSentBytes = usage.NetworkSentBytes,
        BlockReadBytes = usage.BlockReadBytes,
        BlockWrittenBytes = usage.BlockWrittenBytes,
        Processes = usage.Processes,
    };

    MetricBatch IMetricSource.ToMetrics()
    {
        (string, string?)[] labels = [("environment", Environment), ("service", Service), ("instance_name", Instance)];
        (MetricName Metric, double? Value)[] values =
        [
            (MetricNames.UsageCpu, CpuPercent / 100), (MetricNames.UsageMemory, MemoryBytes), (MetricNames.UsageMemoryLimit, MemoryLimitBytes),
            (MetricNames.UsageReceived, NetworkReceivedBytes), (MetricNames.UsageSent, NetworkSentBytes), (MetricNames.UsageRead, BlockReadBytes),
            (MetricNames.UsageWritten, BlockWrittenBytes), (MetricNames.UsageProcesses, Processes),
        ];
        return new MetricBatch("usage", [.. values.Where(v => v.Value is not null).Select(v => v.Metric.Of(v.Value!.Value, labels))]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Instance}: {CpuPercent:0.0} % CPU";
}
