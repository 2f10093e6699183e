using System.Text;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Help;

/// <summary>Writes docs/cmdlets: a page for each cmdlet, and their index.</summary>
internal static class MarkdownWriter
{
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (file, text) in Pages()) File.WriteAllText(Path.Combine(folder, file), text);
    }

    /// <summary>All pages, by file name.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Pages()
    {
        var comments = HelpTopic.LoadComments();
        List<HelpTopic> topics = [.. CommandTable.Module.Names.Select(n => HelpTopic.Read(CommandTable.Module.Find(n)!, comments))];
        yield return KeyValuePair.Create("README.md", Index(topics));
        foreach (HelpTopic topic in topics) yield return KeyValuePair.Create(topic.Cmdlet.Name + ".md", Page(topic));
    }

    private static string Index(IEnumerable<HelpTopic> topics)
    {
        var page = new StringBuilder("# Cmdlets\n\nThese pages are written out of the source by `./ops --write-docs docs/cmdlets`.\n");
        foreach (var area in topics.GroupBy(t => t.Cmdlet.Type.Namespace!.Split('.')[^1]).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            page.Append($"\n## {area.Key}\n\n| cmdlet | what it does |\n|---|---|\n");
            foreach (HelpTopic topic in area) page.Append($"| [{topic.Cmdlet.Name}]({topic.Cmdlet.Name}.md) | {Escape(topic.Synopsis)} |\n");
        }
        return page.ToString();
    }

    private static string Page(HelpTopic topic)
    {
        CmdletMetadata cmdlet = topic.Cmdlet;
        var page = new StringBuilder($"# {cmdlet.Name}\n\n{Escape(topic.Synopsis)}\n");
        foreach (string paragraph in topic.Description) page.Append($"\n{Escape(paragraph)}\n");
        page.Append($"\n## Syntax\n\n```powershell\n{string.Join("\n", CmdletSyntax.Of(cmdlet))}\n```\n\n## Examples\n");
        foreach (HelpExample example in topic.Examples) page.Append($"\n{Escape(example.Remarks)}\n\n```powershell\n{example.Code}\n```\n");
        page.Append("\n## Parameters\n\n| parameter | type | | what it says |\n|---|---|---|---|\n");
        foreach (CmdletParameter parameter in cmdlet.Parameters)
            page.Append($"| `-{parameter.Name}` | {CmdletSyntax.ValueName(parameter).Replace("|", ", ")} | {Traits(parameter)} | {Escape(topic.Parameters[parameter.Name])} |\n");
        if (cmdlet.SupportsShouldProcess)
            page.Append($"\n`-WhatIf` shows what would happen. {(cmdlet.ConfirmImpact == System.Management.Automation.ConfirmImpact.High ? "It asks before it acts; `-Confirm:$false` says yes beforehand." : "`-Confirm` asks before it acts.")}\n");
        if (cmdlet.OutputTypes.Count > 0)
            page.Append($"\n## Output\n\n{string.Join(", ", cmdlet.OutputTypes.Select(t => $"`{t.FullName}`"))}\n");
        return page.ToString();
    }

    private static string Traits(CmdletParameter parameter)
    {
        List<string> traits = [];
        ParameterSetPart part = parameter.Sets[0];
        if (parameter.Sets.All(s => s.Mandatory)) traits.Add(parameter.Sets.Any(s => s.Name == ParameterSetPart.All) ? "mandatory" : "mandatory in its set");
        if (part.Position is { } position) traits.Add($"position {position}");
        if (parameter.Sets.Any(s => s.ByValue)) traits.Add("piped by value");
        if (parameter.Sets.Any(s => s.ByPropertyName)) traits.Add("piped by property name");
        if (parameter.Aliases.Count > 0) traits.Add("alias " + string.Join(", ", parameter.Aliases));
        return string.Join(", ", traits);
    }

    private static string Escape(string text) => text.Replace("|", "\\|").Replace("<", "&lt;").Replace("*", "\\*");
}
