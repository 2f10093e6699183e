using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts.Revisions;

/// <summary>Says in what two versions of a service differ. Of a variable's value only its fingerprint is told.</summary>
internal sealed class RevisionComparer(RevisionPrints prints)
{
    private const int LongestText = 80;

    /// <summary>All differences.</summary>
    public IEnumerable<RevisionDifference> Compare(InstanceModel from, string? fromImage, InstanceModel to, string? toImage)
    {
        string service = to.Service;
        if (fromImage != toImage) yield return new RevisionDifference(service, "image", service, fromImage, toImage);
        foreach (string name in from.Variables.Keys.Union(to.Variables.Keys).Order(StringComparer.Ordinal))
        {
            (string? before, string? after) = (from.Variables.GetValueOrDefault(name), to.Variables.GetValueOrDefault(name));
            if (before != after || from.Variables.ContainsKey(name) != to.Variables.ContainsKey(name))
                yield return new RevisionDifference(service, "variable", name, prints.OfValue(before), prints.OfValue(after));
        }
        JsonObject one = RevisionPrints.Normal(from), other = RevisionPrints.Normal(to);
        foreach (string key in one.Select(e => e.Key).Union(other.Select(e => e.Key)).Where(k =>
            k != "environment").Order(StringComparer.Ordinal))
            foreach (RevisionDifference found in Compare(service, key, one[key], other[key])) yield return found;
    }

    private IEnumerable<RevisionDifference> Compare(string service, string key, JsonNode? from, JsonNode? to)
    {
        if (JsonNode.DeepEquals(from, to)) yield break;
        string what = key switch { "ports" or "expose" => "port", "volumes" or "tmpfs" or "secrets" or "configs" => "mount", _ =>
            "setting" };
        if (what == "setting")
        {
            yield return new RevisionDifference(service, what, key, Show(key, from), Show(key, to));
            yield break;
        }
        string[] before = [.. Words(from)], after = [.. Words(to)];
        foreach (string gone in before.Except(after)) yield return new RevisionDifference(service, what, gone, gone, null);
        foreach (string come in after.Except(before)) yield return new RevisionDifference(service, what, come, null, come);
    }

    private static IEnumerable<string> Words(JsonNode? node) => node is JsonArray list ? list.Select(Word) : node is null ? []
        : [Word(node)];

    private static string Word(JsonNode? node) => node is not JsonObject map ? node?.ToString() ?? "" : map.ContainsKey("published")
        ? $"{map["published"]}:{map["target"]}" : $"{map["source"]}:{map["target"]}";

    /// <summary>A command or a label may hold a password: of all but what is known to hold none only the fingerprint is told.</summary>
    private string? Show(string key, JsonNode? node) => node is null ? null
        : key is "restart" or "user" or "working_dir" or "stop_grace_period" or "stop_signal" or "mem_limit" or "cpus"
        or "network_mode" or "deploy" or "networks" or "read_only" or "init" or "privileged"
            && node.ToJsonString() is { Length: <= LongestText } text ? text : prints.OfValue(node.ToJsonString());
}
