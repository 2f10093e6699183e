using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;

namespace OpsModule.Connections.Platforms.Kubernetes.Reading;

/// <summary>Turns the cluster's kind Service, and who stands behind each, into addresses.</summary>
internal static class AddressReader
{
    /// <summary>The addresses of a namespace.</summary>
    /// <param name="things">Its Services and Endpoints.</param>
    /// <param name="bearing">The services whose pods bear certain labels.</param>
    public static IReadOnlyList<ClusterAddress> Read(IReadOnlyList<JsonElement> things,
        Func<IReadOnlyDictionary<string, string>, IReadOnlyList<string>> bearing)
    {
        Dictionary<string, JsonElement> ends = things.Where(t => t.Text("kind") == "Endpoints").ToDictionary(t => t.Text("metadata", "name") ?? "");
        return [.. things.Where(t => t.Text("kind") == "Service").Select(Address).OrderBy(a => a.Name, StringComparer.Ordinal)];

        ClusterAddress Address(JsonElement service)
        {
            string name = service.Text("metadata", "name") ?? "";
            Dictionary<string, string> labels = service.Members("spec", "selector").ToDictionary(l => l.Name, l => l.Value.GetString() ?? "");
            JsonElement[] subsets = [.. ends.GetValueOrDefault(name).Items("subsets")];
            return new ClusterAddress
            {
                Name = name,
                Ready = Count("addresses"),
                NotReady = Count("notReadyAddresses"),
                Selector = labels.Count == 0 ? null : string.Join(',', labels.Select(l => $"{l.Key}={l.Value}")),
                Services = labels.Count == 0 ? [] : bearing(labels),
                IsElsewhere = service.Text("spec", "type") == "ExternalName",
            };

            // The same address stands in several subsets where not all ports are ready.
            int Count(string which) => subsets.SelectMany(s => s.Items(which)).Select(a => a.Text("ip")).Distinct().Count();
        }
    }
}
