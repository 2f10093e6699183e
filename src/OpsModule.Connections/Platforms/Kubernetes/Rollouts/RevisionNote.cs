using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>
/// What a change of ours leaves at a workload, from which the cluster copies it to the revision that it makes. It copies it to every later
/// revision as well, whoever makes that: so it says of which specification it is.
/// </summary>
/// <param name="Change">The change's id.</param>
/// <param name="By">Who made it.</param>
/// <param name="Template">The hash of the specification.</param>
internal sealed record RevisionNote(string Change, string By, string Template)
{
    /// <summary>The name under which fields that we change are ours.</summary>
    public const string Manager = "opsmodule";

    private const string Key = "opsmodule/change", CauseKey = "kubernetes.io/change-cause";

    /// <summary>The annotations of a change.</summary>
    public static JsonObject Annotations(WorkloadNote note, string template) => new()
    {
        [CauseKey] = note.Cause,
        [Key] = new JsonObject { ["id"] = note.Change, ["by"] = note.By, ["template"] = template }.ToJsonString(),
    };

    /// <summary>What a workload or a revision carries; null for nothing, or nothing that can be read.</summary>
    public static RevisionNote? Of(JsonElement thing)
    {
        if (thing.Text("metadata", "annotations", Key) is not { } text) return null;
        try
        {
            JsonElement read = JsonSerializer.Deserialize<JsonElement>(text);
            return read.Text("id") is { } id && read.Text("template") is { } template
                ? new RevisionNote(id, read.Text("by") ?? "", template) : null;
        }
        // Anybody can write annotations.
        catch (JsonException) { return null; }
    }

    /// <summary>What it was made for; null where that belongs to another specification, from which the cluster copied it.</summary>
    public static string? CauseOf(JsonElement thing, string template) =>
        thing.Text("metadata", "annotations", CauseKey) is { } cause && (Of(thing) is not { } note || note.Template == template
            || !cause.Contains(note.Change, StringComparison.Ordinal)) ? cause : null;

    /// <summary>Who changed the specification of the pods last, as the API server keeps it for each field; null where it does not
    /// say.</summary>
    public static string? ManagerOf(JsonElement thing) => thing.Items("metadata", "managedFields")
        .Where(f => f.At("fieldsV1", "f:spec", "f:template").ValueKind == JsonValueKind.Object)
        .OrderByDescending(f => f.Time("time") ?? DateTimeOffset.MinValue).Select(f => f.Text("manager")).FirstOrDefault();

    /// <summary>A number that the cluster keeps as text.</summary>
    public static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
