namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>For which system, and what the files must say of the place where they will be used.</summary>
public sealed record ScheduleExportRequest
{
    /// <summary>For which system.</summary>
    public required ScheduleSystem System { get; init; }

    /// <summary>Full path of PowerShell itself there.</summary>
    public required string Program { get; init; }

    /// <summary>Name or full path of this module there.</summary>
    public required string Module { get; init; }

    /// <summary>Full path of the environment file there; null for where it is here, and in a pod for /etc/ops/ops.yaml.</summary>
    public string? EnvironmentFile { get; init; }

    /// <summary>The account that the lines run as.</summary>
    public required string User { get; init; }

    /// <summary>Full path of the file of variables there; null for /etc/ops/ENVIRONMENT.secrets.</summary>
    public string? SecretsFile { get; init; }

    /// <summary>The zone of the clock there, for systems that know no other.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Local;

    /// <summary>The image of the container.</summary>
    public string? Image { get; init; }

    /// <summary>The label of the agents.</summary>
    public string Agent { get; init; } = "ops";

    /// <summary>The group of hybrid workers.</summary>
    public string? WorkerGroup { get; init; }

    /// <summary>Variables that PowerShell itself needs there, such as where .NET is; no secrets.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
