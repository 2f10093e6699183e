using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Makes more or fewer instances of a template unit, which are numbered from 1.</summary>
public static class HostScaling
{
    /// <summary>The first unit of a service.</summary>
    public static string First(HostService service) => service.Template is { } template ? template.Before + "1" + template.After
        : service.IsPattern ? throw Unsupported(service) : service.Unit!;

    /// <summary>What scaling would do, in words; null when there are as many.</summary>
    public static string? Plan(HostService host, ServiceRecord service, int replicas)
    {
        (IReadOnlyList<string> start, IReadOnlyList<string> stop) = Steps(host, service, replicas);
        string[] said = [.. new[] { start.Count > 0 ? "Start " + string.Join(", ", start) : "", stop.Count > 0 ? "Stop " + string.Join(", ", stop) : "" }.Where(s => s.Length > 0)];
        return said.Length == 0 ? null : string.Join("; ", said);
    }

    /// <summary>Which units are started, the lowest numbers first, and which are stopped, the highest first.</summary>
    /// <exception cref="OpsException"><c>ScaleUnsupported</c>.</exception>
    public static (IReadOnlyList<string> Start, IReadOnlyList<string> Stop) Steps(HostService host, ServiceRecord service, int replicas)
    {
        if (host.Template is not { } template) throw Unsupported(host);
        var running = new SortedSet<int>();
        foreach (ServiceInstance instance in service.Instances.Where(i => i.State is not InstanceState.Exited))
            running.Add(int.TryParse(instance.Id.AsSpan(template.Before.Length, Math.Max(0, instance.Id.Length - template.Before.Length - template.After.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number : throw new OpsException("ScaleUnsupported", OpsErrorCategory.InvalidOperation, $"{instance.Name} is not numbered, so nobody can tell which instances are to go or to come.",
                    "Start and stop such instances one by one with systemctl.", instance));
        string Unit(int number) => string.Create(CultureInfo.InvariantCulture, $"{template.Before}{number}{template.After}");
        return ([.. Enumerable.Range(1, replicas).Where(n => !running.Contains(n)).Take(Math.Max(0, replicas - running.Count)).Select(Unit)],
            [.. running.Reverse().Take(Math.Max(0, running.Count - replicas)).Select(Unit)]);
    }

    private static OpsException Unsupported(HostService service) => new("ScaleUnsupported", OpsErrorCategory.InvalidOperation,
        $"{service.Name} is one unit ({service.Unit}); there are as many of it as there are.",
        $"Make a template of it ({HostService.ShortName(service.Unit ?? service.Name)}@.service) and name its instances: services.{service.Name}.unit: \"{HostService.ShortName(service.Unit ?? service.Name)}@*.service\".", service.Name);
}
