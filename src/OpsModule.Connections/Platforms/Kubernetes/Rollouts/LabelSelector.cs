using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Tells whether a selector of labels means something.</summary>
internal static class LabelSelector
{
    /// <summary>True when it does; one that is there and says nothing means everything.</summary>
    public static bool Matches(JsonElement selector, IReadOnlyDictionary<string, string> labels) =>
        selector.ValueKind == JsonValueKind.Object
        && selector.Members("matchLabels").All(l => labels.GetValueOrDefault(l.Name) == l.Value.GetString())
        && selector.Items("matchExpressions").All(e => Matches(e, e.Text("key") ?? "", labels));

    private static bool Matches(JsonElement expression, string key, IReadOnlyDictionary<string, string> labels)
    {
        string?[] values = [.. expression.Items("values").Select(v => v.GetString())];
        return expression.Text("operator") switch
        {
            "In" => labels.TryGetValue(key, out string? value) && values.Contains(value),
            "NotIn" => !labels.TryGetValue(key, out string? value) || !values.Contains(value),
            "Exists" => labels.ContainsKey(key),
            "DoesNotExist" => !labels.ContainsKey(key),
            _ => false,
        };
    }
}
