using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>In which order services are started: what others need comes before them.</summary>
public static class ServiceOrder
{
    /// <summary>Groups of services, each of which needs only services of the groups before it; the services of a group may be handled together.</summary>
    /// <param name="services">The services.</param>
    public static IReadOnlyList<IReadOnlyList<ServiceRecord>> Of(IReadOnlyList<ServiceRecord> services)
    {
        var groups = new List<IReadOnlyList<ServiceRecord>>();
        List<ServiceRecord> left = [.. services.DistinctBy(s => s.Name)];
        while (left.Count > 0)
        {
            HashSet<string> names = [.. left.Select(s => s.Name)];
            ServiceRecord[] free = [.. left.Where(s => !s.DependsOn.Any(d => d.Service != s.Name && names.Contains(d.Service)))];
            // Compose refuses a circle; where there is one all the same, none of it comes first.
            if (free.Length == 0) free = [.. left];
            groups.Add(free);
            left.RemoveAll(free.Contains);
        }
        return groups;
    }
}
