namespace OpsModule.Connections.Platforms.Contract;

/// <summary>Something that is done to a service.</summary>
public enum ServiceChange
{
    /// <summary>What is stopped is started.</summary>
    Start,
    /// <summary>What runs is stopped.</summary>
    Stop,
    /// <summary>One instance after another is started again.</summary>
    Restart,
    /// <summary>There are to be more instances, or fewer.</summary>
    Scale,
}

/// <summary>Says in words what a change would do where instances are started and stopped one by one: containers, units.</summary>
public static class ServicePlan
{
    /// <summary>The change in words; null when nothing is left to do.</summary>
    /// <param name="service">Of which service.</param>
    /// <param name="change">What.</param>
    /// <param name="replicas">How many there are to be, when it is scaled.</param>
    public static string? Of(ServiceRecord service, ServiceChange change, int replicas) => change switch
    {
        ServiceChange.Start => Start(service),
        ServiceChange.Stop => service.Instances.Count(i => i.State is InstanceState.Running or InstanceState.Paused or InstanceState.Restarting) is var running and > 0
            ? $"Stop {Count(running)}" : null,
        ServiceChange.Restart => service.Instances.Count switch
        {
            0 => Start(service)!,
            1 => "Restart 1 instance",
            var several => $"Restart {several} instances, one after another",
        },
        _ => Scale(service, replicas),
    };

    /// <summary>A number of instances.</summary>
    public static string Count(int instances) => instances == 1 ? "1 instance" : $"{instances} instances";

    private static string? Start(ServiceRecord service)
    {
        int idle = service.Instances.Count(i => i.State is InstanceState.Exited or InstanceState.Pending or InstanceState.Paused);
        return service.Instances.Count == 0 ? "Make and start it from the compose file" : idle > 0 ? $"Start {Count(idle)}" : null;
    }

    private static string? Scale(ServiceRecord service, int replicas)
    {
        int now = service.Instances.Count;
        return now == replicas ? now == 0 ? null : Start(service) : $"Go from {Count(now)} to {replicas}";
    }
}
