using System.Text.RegularExpressions;
using OpsModule.Cmdlets.Tests.Host;
using OpsModule.Host.Language;
using OpsModule.Host.Metadata;

namespace OpsModule.Cmdlets.Tests.Docs;

/// <summary>The page of runbooks: every replacement can be typed, and its figures are the counted ones.</summary>
public sealed partial class RunbookPageTests
{
    private static readonly string[] PowerShell = ["Select-Object", "Where-Object", "Sort-Object", "Group-Object", "Format-Table", "Format-List", "ConvertTo-Json", "Measure-Object"];
    private static readonly string[] Common = ["WhatIf", "Confirm", "Verbose", "ErrorAction"];

    private sealed record Row(string Document, int Number, string Line, string? Replacement);

    private static readonly string[] Page = File.ReadAllLines(Path.Combine(ContractTests.Root, "docs", "runbooks.md"));

    private static IReadOnlyList<Row> Rows()
    {
        var rows = new List<Row>();
        string document = "";
        foreach (string line in Page)
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) document = line[3..].Split(':')[0];
            if (Regex.Split(line, @"(?<!\\)\|") is not [_, var number, var command, var replacement, _, _] || !int.TryParse(number, out int n)) continue;
            Assert.True(Code(command) is not null, line);
            Assert.True(Code(replacement) is not null || replacement.Trim() == "*not yet*", line);
            rows.Add(new Row(document, n, Code(command)!, Code(replacement)));
        }
        return rows;
    }

    [Fact]
    public void Every_replacement_can_be_typed()
    {
        var wrong = new List<string>();
        foreach (Row row in Rows().Where(r => r.Replacement is not null))
            try
            {
                foreach (CommandCall call in PipelineParser.Parse(row.Replacement!).SelectMany(p => p))
                    if (Problem(call) is { } problem) wrong.Add($"{row.Document} {row.Number}: {row.Replacement}: {problem}");
            }
            catch (UsageException e) { wrong.Add($"{row.Document} {row.Number}: {row.Replacement}: {e.Message}"); }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void A_restore_says_what_it_is_of()
    {
        foreach (Row row in Rows().Where(r => r.Replacement?.Contains("Restore-OpsDatabase", StringComparison.Ordinal) == true))
            Assert.Matches("-Full|-Tenant|-Id", row.Replacement);
    }

    [Fact]
    public void The_figures_are_the_counted_ones()
    {
        IReadOnlyList<Row> rows = Rows();
        Assert.True(rows.Count > 200, $"{rows.Count} rows");
        foreach (IGrouping<string, Row> document in rows.GroupBy(r => r.Document))
        {
            Assert.Equal(Enumerable.Range(1, document.Count()), document.Select(r => r.Number));
            Assert.Contains($"| {document.Key} | {document.Count()} | {document.Count(r => r.Replacement is not null)} | {document.Count(r => r.Replacement is null)} |", Page);
        }
        Assert.Equal(5, rows.GroupBy(r => r.Document).Count());
        Assert.Contains($"| **together** | **{rows.Count}** | **{rows.Count(r => r.Replacement is not null)}** | **{rows.Count(r => r.Replacement is null)}** |", Page);
    }

    [Theory]
    [InlineData("Get-OpsNothing", "no command")]
    [InlineData("Get-OpsBackup -Nothing", "has no parameter")]
    [InlineData("Get-OpsBackup -Store", "has no value")]
    [InlineData("Remove-Item x", "no command")]
    public void What_cannot_be_typed_is_noticed(string pipeline, string problem) => Assert.Contains(problem, Problem(PipelineParser.Parse(pipeline)[0][0]));

    /// <summary>What keeps a call from being one: the command, a parameter, a value that is missing, or parameters of different sets.</summary>
    private static string? Problem(CommandCall call)
    {
        if (CommandTable.Module.Find(call.Name) is not { } cmdlet) return PowerShell.Contains(call.Name, StringComparer.Ordinal) ? null : $"There is no command {call.Name}.";
        var used = new List<CmdletParameter>();
        for (int i = 0; i < call.Elements.Count; i++)
        {
            if (call.Elements[i] is not NameElement name || (Common.Contains(name.Name) && (name.Name is not ("WhatIf" or "Confirm") || cmdlet.SupportsShouldProcess))) continue;
            if (cmdlet.Parameters.FirstOrDefault(p => p.Answers(name.Name)) is not { } parameter) return $"{call.Name} has no parameter {name.Name}.";
            if (!parameter.IsSwitch && name.Attached is null && (i + 1 == call.Elements.Count || call.Elements[i + 1] is not ValueElement)) return $"-{name.Name} has no value.";
            used.Add(parameter);
        }
        return cmdlet.ParameterSets.Any(set => used.All(p => p.In(set) is not null)) ? null : $"{call.Name}: {string.Join(", ", used.Select(p => p.Name))} belong to no one parameter set.";
    }

    private static string? Code(string cell) => CodeSpan().Match(cell.Trim()) is { Success: true } code ? code.Groups["text"].Value.Replace("\\|", "|", StringComparison.Ordinal) : null;

    [GeneratedRegex("^(?<tick>`+) ?(?<text>.+?) ?\\k<tick>$")]
    private static partial Regex CodeSpan();
}
