using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>Writes rules as a rule file.</summary>
internal static class RuleWriter
{
    public static void Write(TextWriter to, AttackRule rule)
    {
        to.Write($"  - id: {rule.Id}\n");
        Line(to, "title", rule.Title);
        to.Write($"    category: {rule.Category}\n    severity: {rule.Severity}\n    confidence: {rule.Confidence}\n");
        if (rule.TextConfidence != rule.Confidence) to.Write($"    textConfidence: {rule.TextConfidence}\n");
        to.Write($"    target: [{rule.Target}]\n    decode: {rule.Decode}\n");
        List(to, "literals", rule.Literals);
        Line(to, "pattern", rule.Pattern);
        if (rule.Unless is { } unless) Line(to, "unless", unless);
        Clauses(to, "also", rule.Also);
        Clauses(to, "except", rule.Except);
        if (rule.Mitre is { } mitre) Line(to, "mitre", mitre);
        if (rule.Owasp is { } owasp) Line(to, "owasp", owasp);
        if (rule.Tags.Count > 0) List(to, "tags", rule.Tags);
        List(to, "matches", rule.Matches);
        List(to, "ignores", rule.Ignores);
    }

    private static void Clauses(TextWriter to, string key, IReadOnlyList<RuleClause> clauses)
    {
        if (clauses.Count == 0) return;
        to.Write($"    {key}:\n");
        foreach (RuleClause clause in clauses)
        {
            var keys = new List<string>();
            if (clause.Pattern is { } pattern) keys.Add($"target: [{clause.Target}], decode: {clause.Decode}, pattern: {Quoted(pattern)}");
            if (clause.Method.Count > 0) keys.Add($"method: [{string.Join(", ", clause.Method.Select(Quoted))}]");
            if (clause.Status.Count > 0) keys.Add($"status: [{string.Join(", ", clause.Status)}]");
            if (clause.Clients.Count > 0) keys.Add($"clients: [{string.Join(", ", clause.Clients.Select(Quoted))}]");
            to.Write($"      - {{ {string.Join(", ", keys)} }}\n");
        }
    }

    private static void Line(TextWriter to, string key, string text) => to.Write($"    {key}: {Quoted(text)}\n");

    private static void List(TextWriter to, string key, IReadOnlyList<string> texts)
    {
        to.Write($"    {key}:\n");
        foreach (string text in texts) to.Write($"      - {Quoted(text)}\n");
    }

    /// <summary>A YAML scalar in quotes; control characters are escaped.</summary>
    private static string Quoted(string text)
    {
        if (!text.Any(char.IsControl)) return $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        var quoted = new StringBuilder("\"");
        foreach (char c in text) quoted.Append(c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString());
        return quoted.Append('"').ToString();
    }
}
