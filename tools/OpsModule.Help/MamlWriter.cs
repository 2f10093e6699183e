using System.Management.Automation;
using System.Xml.Linq;

namespace OpsModule.Help;

/// <summary>Writes the help of all cmdlets in PowerShell's own format, for Get-Help.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static void Write(ModuleTopic module, string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        new XDocument(new XElement(Msh + "helpItems", new XAttribute("schema", "maml"), module.Cmdlets.Select(c => Cmdlet(c, module)))).Save(file);
    }

    private static XElement Cmdlet(CmdletTopic topic, ModuleTopic module)
    {
        string[] name = topic.Info.Name.Split('-');
        return new XElement(Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml), new XAttribute(XNamespace.Xmlns + "command", Command), new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(Command + "details",
                new XElement(Command + "name", topic.Info.Name), new XElement(Command + "verb", name[0]), new XElement(Command + "noun", name[1]), Description(topic.Synopsis)),
            Description([.. topic.Description]),
            new XElement(Command + "syntax", topic.Info.ParameterSets.Select(set => new XElement(Command + "syntaxItem", new XElement(Maml + "name", topic.Info.Name),
                topic.Of(set).Select(p => Parameter(p.Topic, p.Part.IsMandatory, p.Part.Position))))),
            new XElement(Command + "parameters", topic.Parameters.Select(p =>
                Parameter(p, p.Sets.All(s => s.IsMandatory), p.Sets.Max(s => s.Position)))),
            new XElement(Command + "inputTypes", Inputs(topic)),
            new XElement(Command + "returnValues", topic.Info.OutputType.Select(t => new XElement(Command + "returnValue", Type(t.Name)))),
            new XElement(Command + "examples", topic.Examples.Select(Example)),
            new XElement(Command + "relatedLinks", Link("Online version:", module.Address(topic)), module.Related(topic).Select(l => Link(l, ""))));
    }

    /// <summary>What may be piped in by value: the type, and what its parameter says of it.</summary>
    private static IEnumerable<XElement> Inputs(CmdletTopic topic) =>
        from parameter in topic.Parameters
        where parameter.Sets.Any(s => s.ValueFromPipeline)
        group parameter by ParameterTopic.TypeName(parameter.Metadata.ParameterType) into same
        select new XElement(Command + "inputType", Type(same.Key), Description([.. same.Select(p => p.Text)]));

    // Get-Help prints examples without a blank line between them; the empty paragraph is that line.
    private static XElement Example(ExampleTopic example, int index) => new(Command + "example",
        new XElement(Maml + "title", $"Example {index + 1}"), new XElement(Dev + "code", example.Code),
        new XElement(Dev + "remarks", new XElement(Maml + "para", example.Remarks), new XElement(Maml + "para", "")));

    private static XElement Parameter(ParameterTopic topic, bool mandatory, int position) => new(Command + "parameter",
        new XAttribute("required", mandatory ? "true" : "false"), new XAttribute("globbing", topic.Wildcards ? "true" : "false"),
        new XAttribute("pipelineInput", Pipeline(topic.Sets)), new XAttribute("position", position < 0 ? "named" : position.ToString()),
        new XAttribute("aliases", topic.Metadata.Aliases.Count > 0 ? string.Join(", ", topic.Metadata.Aliases) : "none"),
        new XElement(Maml + "name", topic.Name), Description(topic.Text),
        topic.IsSwitch ? null : new XElement(Command + "parameterValue", new XAttribute("required", "true"), new XAttribute("variableLength", "false"),
            ParameterTopic.TypeName(topic.Metadata.ParameterType)),
        Type(ParameterTopic.TypeName(topic.Metadata.ParameterType)),
        new XElement(Dev + "defaultValue", topic.IsSwitch ? "False" : topic.Default.Length > 0 ? topic.Default : "None"));

    private static string Pipeline(IEnumerable<ParameterSetMetadata> sets) =>
        (sets.Any(s => s.ValueFromPipeline), sets.Any(s => s.ValueFromPipelineByPropertyName)) switch
        {
            (true, true) => "True (ByValue, ByPropertyName)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        };

    private static XElement Link(string text, string address) =>
        new(Maml + "navigationLink", new XElement(Maml + "linkText", text), new XElement(Maml + "uri", address));

    private static XElement Type(string name) => new(Dev + "type", new XElement(Maml + "name", name));

    private static XElement Description(params string[] paragraphs) => new(Maml + "description", paragraphs.Select(p => new XElement(Maml + "para", p)));
}
