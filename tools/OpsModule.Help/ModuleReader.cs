using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Xml.Linq;

namespace OpsModule.Help;

/// <summary>Asks a real PowerShell what the module's cmdlets are.</summary>
internal static class ModuleReader
{
    private static readonly Dictionary<string, string> Risk = new()
    {
        ["WhatIf"] = "Shows what would happen, after a look at the real systems, and changes nothing.",
        ["Confirm"] = "Asks before each change. -Confirm:$false says yes beforehand, where a cmdlet asks by itself.",
    };

    /// <summary>Reads the topics of the module in a folder.</summary>
    public static ModuleTopic Read(string folder, Comments comments)
    {
        using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        PSModuleInfo module = shell.AddCommand("Import-Module").AddParameter("Name", Path.Combine(folder, "OpsModule.psd1")).AddParameter("PassThru")
            .AddParameter("ErrorAction", "Stop").Invoke<PSModuleInfo>()[0];
        return new ModuleTopic([.. module.ExportedCmdlets.Values.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => Topic(c, comments))], $"{module.ProjectUri}");
    }

    private static CmdletTopic Topic(CmdletInfo info, Comments comments)
    {
        XElement? type = comments.Of(info.ImplementingType);
        (string synopsis, string? rest) = Comments.Sentence(Comments.Text(type?.Element("summary")));
        object cmdlet = Activator.CreateInstance(info.ImplementingType)!;
        using var end = cmdlet as IDisposable;
        var attribute = (CmdletAttribute)Attribute.GetCustomAttribute(info.ImplementingType, typeof(CmdletAttribute))!;
        return new CmdletTopic(info, synopsis, [.. rest is null ? [] : new[] { rest }, .. Comments.Paragraphs(type?.Element("remarks"))],
            [.. Own(info).Select(p => Parameter(p, info.ImplementingType, comments, cmdlet)).OrderBy(p => p.Sets.Max(s => s.Position) is >= 0 and var at ? at : int.MaxValue), .. Added(info)],
            [.. type?.Elements("example").Select(Example) ?? []])
        {
            AsksFirst = attribute.SupportsShouldProcess && attribute.ConfirmImpact == ConfirmImpact.High,
        };
    }

    /// <summary>The parameters that the class declares, in the order of its properties, those of base classes last.</summary>
    private static IEnumerable<ParameterMetadata> Own(CmdletInfo info) =>
        info.ImplementingType.GetProperties().Select(p => info.Parameters.GetValueOrDefault(p.Name)).OfType<ParameterMetadata>();

    /// <summary>-WhatIf and -Confirm, where PowerShell adds them.</summary>
    private static IEnumerable<ParameterTopic> Added(CmdletInfo info) =>
        Risk.Where(r => info.Parameters.ContainsKey(r.Key)).Select(r => new ParameterTopic(info.Parameters[r.Key], r.Value, ""));

    /// <summary>A parameter that must be given has no default, whatever its property begins with.</summary>
    private static ParameterTopic Parameter(ParameterMetadata parameter, Type type, Comments comments, object cmdlet) => new(parameter, comments.Summary(type, parameter.Name),
        parameter.ParameterSets.Values.All(s => s.IsMandatory) ? "" : ParameterTopic.DefaultText(type.GetProperty(parameter.Name)!.GetValue(cmdlet)));

    private static ExampleTopic Example(XElement example) => new(
        string.Join('\n', (example.Element("code")?.Value ?? "").Trim().Split('\n').Select(line => line.Trim())), Comments.Remarks(example));
}
