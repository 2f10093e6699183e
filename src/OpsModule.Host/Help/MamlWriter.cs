using System.Xml.Linq;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Help;

/// <summary>Writes the help of all cmdlets in PowerShell's own format, for Get-Help.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static void Write(string file)
    {
        var comments = HelpTopic.LoadComments();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        new XDocument(new XElement(Msh + "helpItems", new XAttribute("schema", "maml"),
            CommandTable.Module.Names.Select(name => Cmdlet(HelpTopic.Read(CommandTable.Module.Find(name)!, comments))))).Save(file);
    }

    private static XElement Cmdlet(HelpTopic topic)
    {
        CmdletMetadata cmdlet = topic.Cmdlet;
        string[] name = cmdlet.Name.Split('-');
        return new XElement(Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml), new XAttribute(XNamespace.Xmlns + "command", Command), new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(Command + "details",
                new XElement(Command + "name", cmdlet.Name), new XElement(Command + "verb", name[0]), new XElement(Command + "noun", name[1]), Description(topic.Synopsis)),
            Description([.. topic.Description]),
            new XElement(Command + "syntax", cmdlet.ParameterSets.Select(set => new XElement(Command + "syntaxItem", new XElement(Maml + "name", cmdlet.Name),
                CmdletSyntax.InOrder(cmdlet, set).Select(p => Parameter(p, p.In(set)!, topic))))),
            new XElement(Command + "parameters", cmdlet.Parameters.Select(p => Parameter(p, p.Sets[0], topic))),
            new XElement(Command + "returnValues", cmdlet.OutputTypes.Select(t => new XElement(Command + "returnValue", Type(t.FullName!)))),
            new XElement(Command + "examples", topic.Examples.Select((example, i) => new XElement(Command + "example",
                new XElement(Maml + "title", $"Example {i + 1}"), new XElement(Dev + "code", example.Code),
                new XElement(Dev + "remarks", new XElement(Maml + "para", example.Remarks))))));
    }

    private static XElement Parameter(CmdletParameter parameter, ParameterSetPart part, HelpTopic topic)
    {
        string pipeline = (part.ByValue, part.ByPropertyName) switch
        {
            (true, true) => "True (ByValue, ByPropertyName)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        };
        return new XElement(Command + "parameter",
            new XAttribute("required", part.Mandatory ? "true" : "false"), new XAttribute("globbing", "false"), new XAttribute("pipelineInput", pipeline),
            new XAttribute("position", part.Position?.ToString() ?? "named"), new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
            new XElement(Maml + "name", parameter.Name), Description(topic.Parameters[parameter.Name]),
            parameter.IsSwitch ? null : new XElement(Command + "parameterValue", new XAttribute("required", "true"), new XAttribute("variableLength", "false"), CmdletSyntax.TypeName(parameter.Type)),
            Type(CmdletSyntax.TypeName(parameter.Type)));
    }

    private static XElement Type(string name) => new(Dev + "type", new XElement(Maml + "name", name));

    private static XElement Description(params string[] paragraphs) => new(Maml + "description", paragraphs.Select(p => new XElement(Maml + "para", p)));
}
