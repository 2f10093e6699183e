using System.Text.RegularExpressions;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests;

/// <summary>The page on threats promises proofs; each of them must be a test that there is.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void Every_row_names_a_proof_that_is_there()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "concepts", "threat-model.md"));
        string[] rows = [.. page.Split("## Input, guard, proof")[1].Split("\n## ")[0].Split('\n').Where(l => l.StartsWith('|')).Skip(2)];
        Assert.True(rows.Length >= 15, $"{rows.Length} rows");
        Dictionary<string, string> sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/")).ToDictionary(f => Path.GetFileNameWithoutExtension(f), File.ReadAllText);
        foreach (string row in rows)
        {
            string[] proofs = [.. Proof().Matches(row.TrimEnd('|', ' ').Split('|')[^1]).Select(m => m.Groups[1].Value)];
            Assert.True(proofs.Length > 0, $"No proof: {row}");
            foreach (string proof in proofs)
            {
                string[] parts = proof.Split('.');
                Assert.True(sources.TryGetValue(parts[0], out string? source), $"There is no {parts[0]}: {row}");
                Assert.Matches(@"\[(Fact|Theory)\]", source);
                if (parts.Length > 1) Assert.Contains($" {parts[1]}(", source);
            }
        }
    }

    [GeneratedRegex(@"`([A-Za-z]+Tests(?:\.\w+)?)`")]
    private static partial Regex Proof();
}
