using System.Text.Json;

namespace OpsModule.Engine.Areas.Databases;

/// <summary>Reads out of the server's plan of a statement which tables it would change, and how many rows the server expects.</summary>
internal static class QueryPlan
{
    /// <summary>In words: <c>Update orders: about 17 rows</c>; empty for a plan that changes nothing.</summary>
    public static string Describe(string json)
    {
        var words = new List<string>();
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonElement plan in document.RootElement.EnumerateArray()) Visit(plan.GetProperty("Plan"), words);
        return string.Join("; ", words);
    }

    private static void Visit(JsonElement node, List<string> words)
    {
        JsonElement[] below = node.TryGetProperty("Plans", out JsonElement plans) ? [.. plans.EnumerateArray()] : [];
        if (node.GetProperty("Node Type").GetString() == "ModifyTable")
        {
            string table = node.TryGetProperty("Relation Name", out JsonElement name) ? $" {name.GetString()}" : "";
            double rows = below.Where(p => !IsApart(p)).Sum(p => p.GetProperty("Plan Rows").GetDouble());
            words.Add($"{(node.TryGetProperty("Operation", out JsonElement operation) ? operation.GetString() : "Change")}{table}: "
                + $"about {rows:0} rows");
        }
        foreach (JsonElement child in below) Visit(child, words);
    }

    private static bool IsApart(JsonElement node) => node.TryGetProperty("Parent Relationship", out JsonElement relation)
        && relation.GetString() is "InitPlan" or "SubPlan";
}
