using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Environments;

/// <summary>Writes the declared shape as the JSON schema that editors use.</summary>
internal static class EnvironmentJsonSchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write() =>
        Write(EnvironmentShape.Root, "OpsModule environment file (ops.yaml)", "What there is to operate: services, databases, caches, and where their backups lie.");

    /// <summary>The schema of files of another shape.</summary>
    public static string Write(SectionShape shape, string title, string description)
    {
        JsonObject root = Of(shape);
        root["patternProperties"] = new JsonObject { ["^x-"] = new JsonObject { ["description"] = "A place for anchors." } };
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = title,
            ["description"] = description,
        };
        foreach ((string key, JsonNode? value) in root.ToList())
        {
            root.Remove(key);
            schema[key] = value;
        }
        return schema.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n";
    }

    private static JsonObject Of(SettingShape shape) => shape switch
    {
        ScalarShape scalar => OfScalar(scalar),
        SectionShape section => OfSection(section),
        NamedShape named => new JsonObject
        {
            ["type"] = new JsonArray("object", "null"),
            ["propertyNames"] = new JsonObject { ["pattern"] = SettingPatterns.NameText },
            ["additionalProperties"] = Of(named.Item),
        },
        ListShape list => new JsonObject { ["type"] = new JsonArray("array", "null"), ["items"] = Of(list.Item) },
        EitherShape either => new JsonObject { ["anyOf"] = new JsonArray(Of(either.Scalar), Of(either.Section)) },
        _ => throw new InvalidOperationException(shape.GetType().Name),
    };

    private static JsonObject OfSection(SectionShape section)
    {
        var properties = new JsonObject();
        foreach (Setting setting in section.Keys)
        {
            JsonObject property = Of(setting.Shape);
            property["description"] = setting.Description + (setting.Default is { } given ? $" Default: {given}." : "");
            properties[setting.Name] = property;
        }
        bool required = section.Keys.Any(k => k.Required);
        var schema = new JsonObject { ["type"] = required ? "object" : new JsonArray("object", "null"), ["properties"] = properties };
        if (required) schema["required"] = new JsonArray([.. section.Keys.Where(k => k.Required).Select(k => (JsonNode)k.Name)]);
        schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonObject OfScalar(ScalarShape scalar)
    {
        // An unquoted 15 or 1.5 is a number to an editor; the loader takes its text.
        JsonNode type = scalar.Kind switch
        {
            ScalarKind.Integer => "integer",
            ScalarKind.Boolean => "boolean",
            ScalarKind.Text or ScalarKind.Name or ScalarKind.Level => new JsonArray("string", "number", "boolean"),
            _ => "string",
        };
        var schema = new JsonObject { ["type"] = type };
        if (scalar.Kind == ScalarKind.Integer)
        {
            schema["minimum"] = scalar.Minimum;
            if (scalar.Maximum != int.MaxValue) schema["maximum"] = scalar.Maximum;
            return schema;
        }
        string? pattern = scalar.Kind switch
        {
            ScalarKind.Name => SettingPatterns.NameText,
            ScalarKind.Duration => DurationText.RegularExpression,
            ScalarKind.Level => SettingPatterns.LevelText,
            ScalarKind.HostPort => SettingPatterns.HostPortText,
            ScalarKind.Mail => SettingPatterns.MailText,
            ScalarKind.Probe => Rollouts.RolloutSettings.ProbeText,
            ScalarKind.HttpUrl => "^[Hh][Tt][Tt][Pp][Ss]?://",
            _ when scalar.MustContain is { } part => System.Text.RegularExpressions.Regex.Escape(part).Replace("}", "\\}"),
            _ => null,
        };
        if (pattern is not null) schema["pattern"] = pattern;
        if (scalar.Choices.Count > 0) schema["enum"] = new JsonArray([.. scalar.Choices.Select(c => (JsonNode)c)]);
        if (scalar.Kind != ScalarKind.Boolean) schema["minLength"] = 1;
        return schema;
    }
}
