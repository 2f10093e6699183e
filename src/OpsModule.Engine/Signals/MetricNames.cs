namespace OpsModule.Engine.Signals;

/// <summary>Every metric that this module measures by itself. docs/concepts/alerts.md has the same list.</summary>
public static class MetricNames
{
    /// <summary>Whether the last run of a job went well.</summary>
    public static readonly MetricName JobSuccess = Gauge("ops_job_success", "Whether the last run went well: 1 or 0.");
    /// <summary>When a job last ended.</summary>
    public static readonly MetricName JobLastRun = Gauge("ops_job_last_run_timestamp_seconds", "When the last run ended, in seconds since 1970.");
    /// <summary>When a job last ended well.</summary>
    public static readonly MetricName JobLastSuccess = Gauge("ops_job_last_success_timestamp_seconds", "When the last run that went well ended, in seconds since 1970.");
    /// <summary>How long a job took.</summary>
    public static readonly MetricName JobDuration = Gauge("ops_job_duration_seconds", "How long the last run took.");
    /// <summary>How long a dump took.</summary>
    public static readonly MetricName BackupDuration = Gauge("ops_backup_duration_seconds", "From the start of the dump until it was stored.");
    /// <summary>Bytes before compression.</summary>
    public static readonly MetricName BackupSource = Gauge("ops_backup_source_bytes", "Size of the archive before compression.");
    /// <summary>Bytes stored.</summary>
    public static readonly MetricName BackupStored = Gauge("ops_backup_stored_bytes", "Size of what was stored.");
    /// <summary>Rows in a backup.</summary>
    public static readonly MetricName BackupRows = Gauge("ops_backup_rows", "Rows in the backup.");
    /// <summary>When the data of a backup is from.</summary>
    public static readonly MetricName BackupTime = Gauge("ops_backup_timestamp_seconds", "When the dump began, in seconds since 1970.");
    /// <summary>Whether a backup passed its test.</summary>
    public static readonly MetricName VerificationPassed = Gauge("ops_verification_passed", "Whether the backup passed its test: 1 or 0.");
    /// <summary>How long a test took.</summary>
    public static readonly MetricName VerificationDuration = Gauge("ops_verification_duration_seconds", "How long the test took.");
    /// <summary>How long a restore took.</summary>
    public static readonly MetricName RestoreDuration = Gauge("ops_restore_duration_seconds", "The whole restore, verification included.");
    /// <summary>How long readers were blocked.</summary>
    public static readonly MetricName RestoreSwitch = Gauge("ops_restore_switch_duration_seconds", "How long locks that block readers were held, at most.");
    /// <summary>Rows restored.</summary>
    public static readonly MetricName RestoreRows = Gauge("ops_restore_rows", "Rows restored.");
    /// <summary>Whether a drill passed.</summary>
    public static readonly MetricName DrillPassed = Gauge("ops_drill_passed", "Whether the backup passed its drill: 1 or 0.");
    /// <summary>How long a recovery takes.</summary>
    public static readonly MetricName DrillRecovery = Gauge("ops_drill_recovery_duration_seconds", "From opening the backup to the last comparison.");
    /// <summary>What would be lost.</summary>
    public static readonly MetricName DrillAge = Gauge("ops_drill_data_age_seconds", "How old the restored data was when the drill began.");
    /// <summary>Rows restored by a drill.</summary>
    public static readonly MetricName DrillRows = Gauge("ops_drill_rows", "Rows restored by the drill.");
    /// <summary>How well something is.</summary>
    public static readonly MetricName HealthStatus = Gauge("ops_health_status", "0 healthy, 1 degraded, 2 unhealthy, 3 unknown.");
    /// <summary>A share.</summary>
    public static readonly MetricName HealthRatio = Gauge("ops_health_ratio", "The value of a check that is a share, 0 to 1.");
    /// <summary>A time.</summary>
    public static readonly MetricName HealthSeconds = Gauge("ops_health_seconds", "The value of a check that is a time.");
    /// <summary>A size.</summary>
    public static readonly MetricName HealthBytes = Gauge("ops_health_bytes", "The value of a check that is a size.");
    /// <summary>A count.</summary>
    public static readonly MetricName HealthCount = Gauge("ops_health_count", "The value of a check that is a number.");
    /// <summary>How long an answer took.</summary>
    public static readonly MetricName HealthLatency = Gauge("ops_health_latency_seconds", "How long the answer to a check took.");
    /// <summary>Cores in use.</summary>
    public static readonly MetricName UsageCpu = Gauge("ops_usage_cpu_cores", "Cores in use; 2 when two are busy.");
    /// <summary>Memory in use.</summary>
    public static readonly MetricName UsageMemory = Gauge("ops_usage_memory_bytes", "Memory without what the kernel can take back.");
    /// <summary>Memory that may be used.</summary>
    public static readonly MetricName UsageMemoryLimit = Gauge("ops_usage_memory_limit_bytes", "The limit of memory; of a host all there is.");
    /// <summary>Bytes received.</summary>
    public static readonly MetricName UsageReceived = Counter("ops_usage_network_receive_bytes_total", "Bytes received since it started.");
    /// <summary>Bytes sent.</summary>
    public static readonly MetricName UsageSent = Counter("ops_usage_network_transmit_bytes_total", "Bytes sent since it started.");
    /// <summary>Bytes read.</summary>
    public static readonly MetricName UsageRead = Counter("ops_usage_block_read_bytes_total", "Bytes read from disks since it started.");
    /// <summary>Bytes written.</summary>
    public static readonly MetricName UsageWritten = Counter("ops_usage_block_written_bytes_total", "Bytes written to disks since it started.");
    /// <summary>Processes.</summary>
    public static readonly MetricName UsageProcesses = Gauge("ops_usage_processes", "Processes and threads.");
    /// <summary>Share of good answers.</summary>
    public static readonly MetricName AvailabilityRatio = Gauge("ops_availability_ratio", "Share of requests that were answered well, 0 to 1.");
    /// <summary>Requests.</summary>
    public static readonly MetricName AvailabilityRequests = Gauge("ops_availability_requests", "Requests that the measurement sent.");
    /// <summary>Bad answers.</summary>
    public static readonly MetricName AvailabilityFailures = Gauge("ops_availability_failures", "Requests of it that were not answered well.");
    /// <summary>The longest gap.</summary>
    public static readonly MetricName AvailabilityGap = Gauge("ops_availability_longest_gap_seconds", "The longest time in which nothing was answered well.");
    /// <summary>How fast answers came.</summary>
    public static readonly MetricName AvailabilityLatency = Gauge("ops_availability_latency_seconds", "So many of the good answers (label quantile) came within this time.");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricName> All { get; } = [.. typeof(MetricNames).GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Where(f => f.FieldType == typeof(MetricName)).Select(f => (MetricName)f.GetValue(null)!)];

    /// <summary>A metric of somebody's own; a name that ends with _total counts.</summary>
    public static MetricName Own(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? new MetricName(name, name.EndsWith("_total", StringComparison.Ordinal) ? MetricType.Counter : MetricType.Gauge, "Given to Send-OpsMetric.");

    private static MetricName Gauge(string name, string help) => new(name, MetricType.Gauge, help);

    private static MetricName Counter(string name, string help) => new(name, MetricType.Counter, help);
}
