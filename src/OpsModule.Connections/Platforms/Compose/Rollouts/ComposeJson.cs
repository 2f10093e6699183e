using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose.Rollouts;

/// <summary>What Compose makes of its files, as JSON of either Compose, and back into a file that both read.</summary>
internal static class ComposeJson
{
    // The older Compose reads JSON as YAML, which knows no pairs of surrogates.
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads what <c>config</c> printed.</summary>
    public static JsonObject Read(string text, bool isYaml) =>
        (isYaml ? Of(YamlTree.Read(text)) : JsonNode.Parse(text)) as JsonObject ?? [];

    /// <summary>Writes it for Compose to read.</summary>
    public static string Write(JsonNode node) => node.ToJsonString(Written);

    /// <summary>
    /// The whole with one service alone, and those whose network, processes or volumes it shares; nothing waits for another.
    /// </summary>
    public static JsonObject Only(JsonObject all, string service)
    {
        var copy = (JsonObject)all.DeepClone();
        if (copy["services"] is not JsonObject services) return copy;
        var needed = new HashSet<string>(StringComparer.Ordinal) { service };
        foreach (string shared in Shared(services[service] as JsonObject)) needed.Add(shared);
        foreach (string other in services.Select(s => s.Key).Where(n => !needed.Contains(n)).ToArray()) services.Remove(other);
        foreach ((string _, JsonNode? left) in services) (left as JsonObject)?.Remove("depends_on");
        return copy;
    }

    /// <summary>The services whose network, processes or volumes a service shares, and those that it is linked to.</summary>
    public static IEnumerable<string> Shared(JsonObject? service)
    {
        foreach (string key in (string[])["network_mode", "pid", "ipc"])
            if (Text(service?[key]) is { } mode && mode.StartsWith("service:", StringComparison.Ordinal)) yield return mode[8..];
        foreach (string key in (string[])["volumes_from", "links"])
            foreach (string name in List(service?[key]).Select(Text).OfType<string>())
                if (!name.StartsWith("container:", StringComparison.Ordinal)) yield return name.Split(':')[0];
    }

    /// <summary>A single value as text; null for none.</summary>
    public static string? Text(JsonNode? node) => node is not JsonValue value ? null : value.TryGetValue(out string? text) ? text
        : value.ToJsonString();

    /// <summary>A list, or one value as a list of it.</summary>
    public static IReadOnlyList<JsonNode?> List(JsonNode? node) => node is JsonArray list ? [.. list] : node is null ? [] : [node];

    /// <summary>Variables in either form; Compose writes a dollar twice.</summary>
    public static Dictionary<string, string?> Variables(JsonNode? node)
    {
        var found = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (node is JsonObject map) foreach ((string name, JsonNode? value) in map) found[name] = Text(value)?.Replace("$$", "$");
        foreach (string pair in node is JsonArray ? List(node).Select(Text).OfType<string>() : [])
        {
            int equals = pair.IndexOf('=');
            found[equals < 0 ? pair : pair[..equals]] = equals < 0 ? null : pair[(equals + 1)..].Replace("$$", "$");
        }
        return found;
    }

    private static JsonNode? Of(YamlItem? item) => item switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Value, Of(e.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(Of)]),
        YamlText { IsNull: true } => null,
        YamlText { IsPlain: true, Value: "true" or "false" } truth => JsonValue.Create(truth.Value == "true"),
        YamlText { IsPlain: true } number when long.TryParse(number.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out long whole)
            && whole.ToString(CultureInfo.InvariantCulture) == number.Value => JsonValue.Create(whole),
        YamlText { IsPlain: true } number when double.TryParse(number.Value, NumberStyles.Float, CultureInfo.InvariantCulture,
            out double broken)
            && double.IsFinite(broken) && number.Value.Contains('.') && number.Value.All(c => char.IsAsciiDigit(c) || c is '.' or '-') =>
                JsonValue.Create(broken),
        YamlText text => JsonValue.Create(text.Value),
        _ => null,
    };
}
