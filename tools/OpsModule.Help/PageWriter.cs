using System.Management.Automation;
using System.Text;

namespace OpsModule.Help;

/// <summary>Writes docs/cmdlets: a page for each cmdlet, and their index.</summary>
internal static class PageWriter
{
    /// <summary>Where the pages lie in the repository: what <c>Get-Help -Online</c> opens.</summary>
    private const string Pages = "docs/cmdlets/";

    public static string Address(CmdletTopic topic) => $"{Pages}{topic.Info.Name}.md";

    /// <summary>Writes all pages into a folder, and removes those of cmdlets that are no more.</summary>
    public static void Write(IReadOnlyList<CmdletTopic> topics, string folder)
    {
        Directory.CreateDirectory(folder);
        var pages = topics.ToDictionary(t => t.Info.Name + ".md", Page);
        pages["README.md"] = Index(topics);
        foreach (string old in Directory.GetFiles(folder, "*.md").Where(f => !pages.ContainsKey(Path.GetFileName(f)))) File.Delete(old);
        foreach (var (file, text) in pages) File.WriteAllText(Path.Combine(folder, file), text);
    }

    private static string Index(IEnumerable<CmdletTopic> topics)
    {
        var page = new StringBuilder("# Cmdlets\n\nThese pages are written out of the source, by `tools/OpsModule.Help`, when the module is built.\n");
        foreach (var area in topics.GroupBy(t => t.Area).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            page.Append($"\n## {area.Key}\n\n| cmdlet | what it does |\n|---|---|\n");
            foreach (CmdletTopic topic in area) page.Append($"| [{topic.Info.Name}]({topic.Info.Name}.md) | {Escape(topic.Synopsis)} |\n");
        }
        return page.ToString();
    }

    private static string Page(CmdletTopic topic)
    {
        var page = new StringBuilder($"# {topic.Info.Name}\n\n{Escape(topic.Synopsis)}\n");
        foreach (string paragraph in topic.Description) page.Append($"\n{Escape(paragraph)}\n");
        page.Append($"\n## Syntax\n\n```powershell\n{string.Join("\n", topic.Info.ParameterSets.Select(topic.Syntax))}\n```\n\n## Examples\n");
        foreach (ExampleTopic example in topic.Examples) page.Append($"\n{Escape(example.Remarks)}\n\n```powershell\n{example.Code}\n```\n");
        page.Append("\n## Parameters\n\n| parameter | type | | what it says |\n|---|---|---|---|\n");
        foreach (ParameterTopic parameter in topic.Parameters)
            page.Append($"| `-{parameter.Name}` | {parameter.ValueName.Replace("|", ", ")} | {Traits(parameter)} | {Escape(parameter.Text)} |\n");
        if (topic.AsksFirst) page.Append("\nIt asks before it acts; `-Confirm:$false` says yes beforehand.\n");
        if (topic.Info.OutputType.Count > 0)
            page.Append($"\n## Output\n\n{string.Join(", ", topic.Info.OutputType.Select(t => $"`{t.Name}`"))}\n");
        return page.ToString();
    }

    private static string Traits(ParameterTopic parameter)
    {
        List<string> traits = [];
        if (parameter.Sets.All(s => s.IsMandatory)) traits.Add(parameter.Metadata.ParameterSets.ContainsKey(ParameterAttribute.AllParameterSets) ? "mandatory" : "mandatory in its set");
        if (parameter.Sets.Max(s => s.Position) is >= 0 and var position) traits.Add($"position {position}");
        if (parameter.Sets.Any(s => s.ValueFromPipeline)) traits.Add("piped by value");
        if (parameter.Sets.Any(s => s.ValueFromPipelineByPropertyName)) traits.Add("piped by property name");
        if (parameter.Wildcards) traits.Add("wildcards");
        if (parameter.Default.Length > 0) traits.Add($"default {Escape(parameter.Default)}");
        if (parameter.Metadata.Aliases.Count > 0) traits.Add("alias " + string.Join(", ", parameter.Metadata.Aliases));
        return string.Join(", ", traits);
    }

    private static string Escape(string text) => text.Replace("|", "\\|").Replace("<", "&lt;").Replace("*", "\\*");
}
