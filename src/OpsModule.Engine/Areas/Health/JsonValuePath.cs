using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Health;

/// <summary>
/// Finds one value of a JSON document by a path such as <c>checks.db.status</c>, <c>items[0].lag</c>, <c>items.length</c> or
/// <c>items[passed=false].length</c>, which counts those of a list whose member has this value.
/// </summary>
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
            if (step.Groups[3].Success)
            {
                if (at.ValueKind != JsonValueKind.Array) return null;
                at = Those(at, step.Groups[3].Value, step.Groups[4].Value == "=", step.Groups[5].Value);
            }
            else if (step.Groups[2].Success)
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

    /// <summary>Those items of a list whose member, or a member of that, is this value or is not.</summary>
    private static JsonElement Those(JsonElement list, string member, bool equal, string value)
    {
        string wanted = value is ['"' or '\'', .., _] && value[0] == value[^1] ? value[1..^1] : value;
        return JsonSerializer.SerializeToElement(list.EnumerateArray()
            .Where(item => item.ValueKind == JsonValueKind.Object && (Find(item, member) ?? "null") == wanted == equal).ToArray());
    }

    [GeneratedRegex(@"\.?([^.\[\]]+)|\[([0-9]{1,9})\]|\[\s*([^\[\]=!]+?)\s*(!?=)=?\s*(""[^""\]]*""|'[^'\]]*'|[^\]]*?)\s*\]")]
    private static partial Regex Steps();
}
