using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Rollouts.Revisions;

/// <summary>
/// A normal form of our own of what instances are made of: Compose's own hash passes over what env files hold, and is another with each
/// version.
/// </summary>
internal sealed class RevisionPrints(RevisionKey key)
{
    private const string NotRead = "unread";

    /// <summary>What says nothing of a single instance, or is told otherwise.</summary>
    private static readonly string[] Apart = ["image", "build", "depends_on", "scale", "env_file", "pull_policy", "profiles",
        "container_name"];

    /// <summary>Of the settings: all that the files come to, variables with their values.</summary>
    public string OfSettings(InstanceModel model) => key.Fingerprint(CanonicalJson.Write(Whole(Normal(model))));

    /// <summary>Of what the files hold: those with variables, and those that are mounted.</summary>
    public string OfFiles(InstanceModel model) =>
        key.Fingerprint(string.Join('\n',
        model.VariableFiles.Concat(model.MountedFiles).Distinct().Order(StringComparer.Ordinal).Select(f => f + " " + Hash(f))));

    /// <summary>Of what is mounted alone, which counts for the instances themselves.</summary>
    public string OfMounted(InstanceModel model) => key.Fingerprint(string.Join('\n', model.MountedFiles.Select(f => f + " " + Hash(f))));

    /// <summary>Files of it that are there and that this user may not read: whether they have changed is not seen.</summary>
    public IReadOnlyList<string> Unread(InstanceModel model) => [.. model.VariableFiles.Concat(model.MountedFiles).Distinct()
        .Where(f => Hash(f) == NotRead)];

    /// <summary>Of one value.</summary>
    public string? OfValue(string? value) => value is null ? null : key.Fingerprint(value);

    /// <summary>The settings in their normal form.</summary>
    internal static JsonObject Normal(InstanceModel model)
    {
        var service = JsonNode.Parse(model.Resolved)?["services"]?[model.Service] as JsonObject ?? [];
        foreach (string name in Apart) service.Remove(name);
        if (service["deploy"] is JsonObject deploy)
        {
            deploy.Remove("replicas");
            if (deploy.Count == 0) service.Remove("deploy");
        }
        service["environment"] = new JsonObject(model.Variables.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v =>
            KeyValuePair.Create(v.Key, (JsonNode?)v.Value)));
        // What is not set is written as nothing by one version, and not at all by another.
        foreach (string name in service.Where(e => e.Value is null).Select(e => e.Key).ToArray()) service.Remove(name);
        return service;
    }

    /// <summary>The same with numbers that are not whole (half a processor) as text: the canonical form has none.</summary>
    private static JsonNode? Whole(JsonNode? value) => value switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Whole(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Whole)]),
        not null when value.GetValueKind() == JsonValueKind.Number && value.ToJsonString() is var text
            && !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => text,
        _ => value?.DeepClone(),
    };

    private static string Hash(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return Convert.ToHexString(SHA256.HashData(file)).ToLowerInvariant();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return NotRead; }
    }
}
