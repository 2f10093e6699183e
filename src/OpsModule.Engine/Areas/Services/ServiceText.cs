using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Says in words how services are.</summary>
internal static class ServiceText
{
    /// <summary>For example <c>Degraded, 1 of 2 ready; api-2 is restarting, exit code 1, 5 restarts</c>.</summary>
    public static string Of(ServiceRecord service)
    {
        string worst = service.Instances.FirstOrDefault(i => !i.IsReady && !i.IsDone) is { } lame ? "; " + Of(lame) : "";
        return $"{service.State}, {service.Ready} of {service.Wanted} ready{(service.IsUpdating ? ", instances are being replaced" : "")}{worst}";
    }

    private static string Of(ServiceInstance instance)
    {
        var parts = new List<string> { $"{instance.Name} is {instance.State.ToString().ToLowerInvariant()}{(instance.Reason is { } reason ? $" ({reason})" : "")}" };
        if (instance.Health is InstanceHealth.Starting or InstanceHealth.Unhealthy) parts.Add(instance.Health.ToString().ToLowerInvariant());
        if (instance.ExitCode is { } code) parts.Add($"exit code {code}");
        if (instance.OutOfMemory) parts.Add("out of memory");
        if (instance.Restarts > 0) parts.Add(instance.Restarts == 1 ? "1 restart" : $"{instance.Restarts} restarts");
        return string.Join(", ", parts);
    }
}
