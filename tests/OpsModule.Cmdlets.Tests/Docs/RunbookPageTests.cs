using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using OpsModule.Cmdlets.Tests.Running;

namespace OpsModule.Cmdlets.Tests.Docs;

/// <summary>The page of runbooks: every replacement can be typed, and its figures are the counted ones.</summary>
public sealed partial class RunbookPageTests
{
    private static readonly string[] PowerShell = ["Select-Object", "Where-Object", "Sort-Object", "Group-Object", "Format-Table", "Format-List", "ConvertTo-Json", "Measure-Object"];

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
            wrong.AddRange(Problems(row.Replacement!).Select(p => $"{row.Document} {row.Number}: {row.Replacement}: {p}"));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void A_restore_says_what_it_is_of()
    {
        foreach (Row row in Rows().Where(r => r.Replacement?.Contains("Restore-OpsDatabase", StringComparison.Ordinal) == true))
            Assert.Matches("-Full|-Tenant|-Id|^Import-OpsBackup", row.Replacement);
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
    [InlineData("Get-OpsBackup |", "empty pipe")]
    public void What_cannot_be_typed_is_noticed(string pipeline, string problem) => Assert.Contains(problem, Assert.Single(Problems(pipeline)));

    private static readonly Dictionary<string, CmdletInfo> Cmdlets =
        PwshRun.Of("Get-Command -Module OpsModule").Objects.Cast<CmdletInfo>().ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<string> Problems(string text)
    {
        ScriptBlockAst script = Parser.ParseInput(text, out _, out ParseError[] errors);
        return errors.Length > 0 ? errors.Select(e => e.Message) : script.FindAll(a => a is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>().Select(Problem).OfType<string>();
    }

    /// <summary>What keeps a call from being one: the command, a parameter, a value that is missing, or parameters of different sets.</summary>
    private static string? Problem(CommandAst call)
    {
        string name = call.GetCommandName();
        if (!Cmdlets.TryGetValue(name, out CmdletInfo? cmdlet)) return PowerShell.Contains(name, StringComparer.Ordinal) ? null : $"There is no command {name}.";
        var used = new List<string>();
        for (int i = 1; i < call.CommandElements.Count; i++)
        {
            if (call.CommandElements[i] is not CommandParameterAst given) continue;
            ParameterMetadata parameter;
            try { parameter = cmdlet.ResolveParameter(given.ParameterName); }
            catch (ParameterBindingException) { return $"{name} has no parameter {given.ParameterName}."; }
            if (!parameter.SwitchParameter && given.Argument is null && (i + 1 == call.CommandElements.Count || call.CommandElements[i + 1] is CommandParameterAst)) return $"-{given.ParameterName} has no value.";
            used.Add(parameter.Name);
        }
        return cmdlet.ParameterSets.Any(set => used.All(u => set.Parameters.Any(p => p.Name == u))) ? null : $"{name}: {string.Join(", ", used)} belong to no one parameter set.";
    }

    private static string? Code(string cell) => CodeSpan().Match(cell.Trim()) is { Success: true } code ? code.Groups["text"].Value.Replace("\\|", "|", StringComparison.Ordinal) : null;

    [GeneratedRegex("^(?<tick>`+) ?(?<text>.+?) ?\\k<tick>$")]
    private static partial Regex CodeSpan();
}
