using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Finds one value of a JSON document by a path such as <c>checks.db.status</c>, <c>items[0].lag</c> or <c>items.length</c>.</summary>
internal static partial class JsonValuePath
{
    /// <summary>The value as text: a string without its quotes, anything else as JSON. Null when there is none.</summary>
    public static string? Find(JsonElement root, string path)
    {
        JsonElement at = root;
        string rest = path.TrimStart('$');
        foreach (Match step in Steps().Matches(rest))
        {
            string name = step.Groups[1].Value;
            if (step.Groups[2].Success)
            {
                if (at.ValueKind != JsonValueKind.Array || !int.TryParse(step.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out int index) || index >= at.GetArrayLength()) return null;
                at = at[index];
            }
            else if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out JsonElement inner)) at = inner;
            else if (name == "length" && at.ValueKind == JsonValueKind.Array && step.Index + step.Length == rest.Length) return at.GetArrayLength().ToString(CultureInfo.InvariantCulture);
            else return null;
        }
        return at.ValueKind == JsonValueKind.String ? at.GetString() : at.GetRawText();
    }

    [GeneratedRegex(@"\.?([^.\[\]]+)|\[([0-9]{1,9})\]")]
    private static partial Regex Steps();
}
