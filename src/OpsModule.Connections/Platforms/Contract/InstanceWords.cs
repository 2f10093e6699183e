namespace OpsModule.Connections.Platforms.Contract;

/// <summary>Says in words how instances are.</summary>
public static class InstanceWords
{
    private const int Longest = 300;

    /// <summary>What a platform says may be long.</summary>
    public static string Short(string text) => text.Length <= Longest ? text : text[..Longest] + "...";

    /// <summary>Why an instance is as it is, in brackets behind other words; nothing where the platform does not say.</summary>
    public static string Why(ServiceInstance instance) => instance.Reason is not { } reason ? ""
        : instance is { Detail: { } detail } && (instance.IsStuck || instance.State == InstanceState.Unknown)
            ? $" ({reason}: {Short(detail).TrimEnd('.')})" : $" ({reason})";

    /// <summary>For example <c>api-2 is restarting (it ends and is started again), exit code 1, 5 restarts</c>.</summary>
    public static string Of(ServiceInstance instance)
    {
        string state = instance.State.ToString().ToLowerInvariant();
        var parts = new List<string> { $"{instance.Name} is {state}{Why(instance)}" };
        if (instance.Health is InstanceHealth.Starting) parts.Add("starting");
        if (instance.Health is InstanceHealth.Unhealthy) parts.Add("unhealthy");
        if (instance.HealthOutput is { } said) parts.Add($"its health check says: {said}");
        if (instance.ExitCode is { } code) parts.Add($"exit code {code}");
        if (instance.OutOfMemory) parts.Add("out of memory");
        if (instance.Restarts > 0) parts.Add(instance.Restarts == 1 ? "1 restart" : $"{instance.Restarts} restarts");
        return string.Join(", ", parts);
    }

    /// <summary>What is wrong with a service: its first instance that is not ready, and how many are missing.</summary>
    internal static string? Why(ServiceRecord service)
    {
        if (service.State is ServiceState.Running or ServiceState.Stopped && service.Health != InstanceHealth.Unhealthy) return null;
        string? lame = service.Instances.FirstOrDefault(i => !i.IsReady && !i.IsDone) is { } first ? Of(first) : null;
        int missing = service.Declared is { } declared ? declared - service.Instances.Count : 0;
        string? lost = missing <= 0 ? null : service.Instances.Count == 0 ? "it has no container"
            : missing == 1 ? "1 container is missing" : $"{missing} containers are missing";
        return string.Join("; ", new[] { lame, lost }.OfType<string>()) is { Length: > 0 } why ? why : null;
    }
}
