namespace OpsModule.Connections.Platforms.Contract;

/// <summary>When a service that another needs is far enough for it.</summary>
public enum DependencyCondition
{
    /// <summary>When it has been started.</summary>
    Started,
    /// <summary>When its health check passes; without one, when it runs.</summary>
    Healthy,
    /// <summary>When it is a job that has ended with exit code 0.</summary>
    Completed,
}

/// <summary>A service that another one needs (<c>depends_on</c>).</summary>
/// <param name="Service">The service that is needed.</param>
/// <param name="Condition">When it is far enough.</param>
/// <param name="Required">False when the other can do without it.</param>
public sealed record ServiceDependency(string Service, DependencyCondition Condition = DependencyCondition.Started, bool Required = true)
{
    /// <summary>A condition as compose files write it.</summary>
    public static DependencyCondition ConditionOf(string? written) => written switch
    {
        "service_healthy" => DependencyCondition.Healthy,
        "service_completed_successfully" => DependencyCondition.Completed,
        _ => DependencyCondition.Started,
    };

    /// <summary>Those of the label that Compose v2 gives a container: <c>db:service_healthy:true,cache:service_started:false</c>; the last part is about restarts.</summary>
    public static IReadOnlyList<ServiceDependency> OfLabel(string? label) =>
        [.. (label ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(d => d.Split(':')).Select(d => new ServiceDependency(d[0], ConditionOf(d.ElementAtOrDefault(1))))];

    /// <inheritdoc/>
    public override string ToString() => Service;
}
