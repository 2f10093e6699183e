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
    /// <summary>Instances are made anew with the configuration of now.</summary>
    Recreate,
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
        ServiceChange.Start => StartAll(service),
        ServiceChange.Stop => service.Instances.Count(i => i.State is InstanceState.Running or InstanceState.Paused or InstanceState.Restarting) is var running and > 0
            ? $"Stop {Count(running)}" : null,
        ServiceChange.Restart => service.Instances.Count switch
        {
            0 => Start(service)!,
            1 => "Restart 1 instance",
            var several => $"Restart {several} instances, one after another",
        },
        ServiceChange.Recreate => service.Instances.Count == 0 ? Start(service)!
            : $"Make {Count(service.Instances.Count)} anew from the compose file",
        _ => Scale(service, replicas),
    };

    /// <summary>A number of instances.</summary>
    public static string Count(int instances) => instances == 1 ? "1 instance" : $"{instances} instances";

    /// <summary>How many instances are missing that the compose file wants.</summary>
    public static int Lost(ServiceRecord service) => Math.Max(0, (service.Declared ?? 0) - service.Instances.Count);

    /// <summary>The same with what is missing, where the file wants more than there are.</summary>
    private static string? StartAll(ServiceRecord service)
    {
        string? start = Start(service);
        if (service.Instances.Count == 0 || Lost(service) is not (> 0 and var lost)) return start;
        string make = lost == 1 ? "ake 1 that is missing" : $"ake {lost} that are missing";
        return start is null ? "M" + make : $"{start}, and m{make}";
    }

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
