using System.Globalization;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Docker.Listing;

/// <summary>Puts together what a project's files want of a service and what there is of it.</summary>
public static class ComposeRecord
{
    /// <summary>The service of this name.</summary>
    /// <param name="name">The service.</param>
    /// <param name="found">Its instances, in any order.</param>
    /// <param name="project">The project that it belongs to.</param>
    /// <param name="environment">The name of the environment.</param>
    public static ServiceRecord Of(string name, IEnumerable<ServiceInstance> found, ComposeProject project, string environment)
    {
        ServiceInstance[] instances = [.. found.OrderBy(Number).ThenBy(i => i.Name, StringComparer.Ordinal)];
        string?[] digests = [.. instances.Select(i => i.ImageDigest).Distinct()];
        ComposeService? written = project.Find(name);
        int? declared = instances.Any(i => ComposeLabels.IsOfFirst(i.Labels)) ? written?.ReplicasInFirst : written?.Replicas;
        return new ServiceRecord
        {
            Name = name,
            Environment = environment,
            Kind = "compose",
            Image = instances.FirstOrDefault()?.Image,
            ImageDigest = digests.Length == 1 ? digests[0] : null,
            // What the file wants and is not there is lost, and not unwanted; a job that is done is wanted no more.
            Wanted = Math.Max(instances.Count(i => !i.IsDone), (declared ?? 0) - instances.Count(i => i.IsDone)),
            Declared = declared,
            IsOptional = written?.IsOptional ?? false,
            DependsOn = written?.DependsOn ?? ServiceDependency.OfLabel(instances.Select(i =>
                i.Labels.GetValueOrDefault(ComposeLabels.DependsOn)).FirstOrDefault(l => l is not null)),
            Instances = instances,
        };
    }

    private static int Number(ServiceInstance instance) =>
        int.TryParse(instance.Labels.GetValueOrDefault(ComposeLabels.Number), CultureInfo.InvariantCulture, out int number) ? number
            : int.MaxValue;
}
