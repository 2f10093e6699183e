using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Says what differs between two specifications of pods. Values are told of images and amounts alone: others may be
/// secret.</summary>
internal sealed class TemplateDifference
{
    private const string Some = "a value", Other = "another value";

    /// <summary>What is of its own kind, or is no part of what somebody asked for.</summary>
    private static readonly string[] OwnKinds = ["image", "resources", "env", "name"], Groups = ["containers", "initContainers"];

    private readonly List<WorkloadDifference> _found = [];

    private TemplateDifference() { }

    /// <summary>The differences.</summary>
    public static IReadOnlyList<WorkloadDifference> Of(JsonElement older, JsonElement newer)
    {
        var difference = new TemplateDifference();
        foreach (string group in Groups) difference.Containers(older.Items("spec", group), newer.Items("spec", group));
        difference.Members("setting", "", older.At("spec"), newer.At("spec"), Groups);
        difference.Members("setting", "label ", older.At("metadata", "labels"), newer.At("metadata", "labels"), ["pod-template-hash"]);
        difference.Members("setting", "annotation ", older.At("metadata", "annotations"), newer.At("metadata", "annotations"), []);
        return difference._found;
    }

    private void Containers(IEnumerable<JsonElement> older, IEnumerable<JsonElement> newer)
    {
        foreach ((string name, JsonElement was, JsonElement now) in Pairs(ByName(older), ByName(newer)))
        {
            if (was.ValueKind == JsonValueKind.Undefined || now.ValueKind == JsonValueKind.Undefined)
                _found.Add(new WorkloadDifference("container", name, was.Text("image"), now.Text("image")));
            else Container(name, was, now);
        }
    }

    private void Container(string name, JsonElement was, JsonElement now)
    {
        if (was.Text("image") != now.Text("image")) _found.Add(new WorkloadDifference("image", name, was.Text("image"), now.Text("image")));
        foreach (string which in (string[])["limits", "requests"])
            foreach ((string amount, JsonElement before, JsonElement after) in Pairs(ByMember(was.At("resources", which), []),
                ByMember(now.At("resources", which), [])))
                if (Text(before) != Text(after))
                    _found.Add(new WorkloadDifference("amount", $"{name} {amount} {which}", Text(before), Text(after)));
        foreach ((string variable, JsonElement before, JsonElement after) in Pairs(ByName(was.Items("env")), ByName(now.Items("env"))))
            Tell("variable", $"{name} {variable}", before, after);
        Members("setting", name + " ", was, now, OwnKinds);
    }

    private void Members(string what, string prefix, JsonElement older, JsonElement newer, string[] without)
    {
        foreach ((string name, JsonElement was, JsonElement now) in Pairs(ByMember(older, without), ByMember(newer, without)))
            Tell(what, prefix + name, was, now);
    }

    private void Tell(string what, string name, JsonElement was, JsonElement now)
    {
        if (Same(was, now)) return;
        _found.Add(new WorkloadDifference(what, name, was.ValueKind == JsonValueKind.Undefined ? null : Some,
            now.ValueKind == JsonValueKind.Undefined ? null : was.ValueKind == JsonValueKind.Undefined ? Some : Other));
    }

    private static IEnumerable<(string Name, JsonElement Was, JsonElement Now)> Pairs(Dictionary<string, JsonElement> older,
        Dictionary<string, JsonElement> newer) =>
        older.Keys.Union(newer.Keys).Select(n => (n, older.GetValueOrDefault(n), newer.GetValueOrDefault(n)));

    private static bool Same(JsonElement one, JsonElement other) => one.ValueKind == other.ValueKind
        && (one.ValueKind == JsonValueKind.Undefined || JsonNode.DeepEquals(JsonNode.Parse(one.GetRawText()),
            JsonNode.Parse(other.GetRawText())));

    private static string? Text(JsonElement amount) => amount.ValueKind == JsonValueKind.Undefined ? null : amount.ToString();

    private static Dictionary<string, JsonElement> ByMember(JsonElement element, string[] without) =>
        element.Members().Where(m => !without.Contains(m.Name) && m.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);

    private static Dictionary<string, JsonElement> ByName(IEnumerable<JsonElement> items) =>
        items.Where(i => i.Text("name") is not null).DistinctBy(i => i.Text("name")).ToDictionary(i => i.Text("name")!, i => i);
}
