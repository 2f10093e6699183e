using System.Management.Automation;
using System.Text;

namespace OpsModule.Help;

/// <summary>Writes docs/cmdlets: a page for each cmdlet, and their index.</summary>
internal static class PageWriter
{
    /// <summary>Writes all pages into a folder, and removes those of cmdlets that are no more.</summary>
    public static void Write(ModuleTopic module, string folder)
    {
        Directory.CreateDirectory(folder);
        var pages = module.Cmdlets.ToDictionary(t => t.Info.Name + ".md", t => Page(t, module));
        pages["README.md"] = Index(module.Cmdlets);
        foreach (string old in Directory.GetFiles(folder, "*.md").Where(f => !pages.ContainsKey(Path.GetFileName(f)))) File.Delete(old);
        foreach (var (file, text) in pages) File.WriteAllText(Path.Combine(folder, file), text);
    }

    private static string Index(IEnumerable<CmdletTopic> topics)
    {
        var page = new StringBuilder("# Cmdlets\n\nThese pages are written out of the source: `dotnet build src/OpsModule -t:WritePages`.\n");
        foreach (var area in topics.GroupBy(t => t.Area).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            page.Append($"\n## {area.Key}\n\n| cmdlet | what it does |\n|---|---|\n");
            foreach (CmdletTopic topic in area) page.Append($"| [{topic.Info.Name}]({topic.Info.Name}.md) | {Escape(topic.Synopsis)} |\n");
        }
        return page.ToString();
    }

    private static string Page(CmdletTopic topic, ModuleTopic module)
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
        page.Append($"\n## See also\n\n{string.Join(", ", module.Related(topic).Select(Link))}\n");
        return page.ToString();
    }

    private static string Link(string name) => name.StartsWith("about_", StringComparison.Ordinal) ? $"`Get-Help {name}`" : $"[{name}]({name}.md)";

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
