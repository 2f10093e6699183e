using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Help;

/// <summary>One example of a cmdlet's help.</summary>
/// <param name="Code">What is typed.</param>
/// <param name="Remarks">What it does.</param>
/// <param name="NeedsPowerShell">True when it has expressions, which <c>ops</c> does not know.</param>
internal sealed record HelpExample(string Code, string Remarks, bool NeedsPowerShell);

/// <summary>The help of one cmdlet, out of its XML documentation comments.</summary>
internal sealed partial record HelpTopic(CmdletMetadata Cmdlet, string Synopsis, IReadOnlyList<string> Description,
    IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<HelpExample> Examples)
{
    /// <summary>Reads the help of one cmdlet. The first sentence of its summary is the synopsis, the rest begins the description.</summary>
    public static HelpTopic Read(CmdletMetadata cmdlet, IReadOnlyDictionary<string, XElement> comments)
    {
        XElement? type = comments.GetValueOrDefault("T:" + cmdlet.Type.FullName);
        string[] summary = FirstSentence().Split(Text(type?.Element("summary")), 2);
        return new HelpTopic(cmdlet, summary[0],
            [.. summary.Skip(1), .. type?.Element("remarks") is { } remarks ? Paragraphs(remarks) : []],
            cmdlet.Parameters.ToDictionary(p => p.Name, p => Text(comments.GetValueOrDefault($"P:{p.Property.DeclaringType!.FullName}.{p.Name}")?.Element("summary"))),
            [.. type?.Elements("example").Select(ReadExample) ?? []]);
    }

    /// <summary>All comments in the compiler's documentation file, by member.</summary>
    public static IReadOnlyDictionary<string, XElement> LoadComments() =>
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, "OpsModule.xml")).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value);

    private static HelpExample ReadExample(XElement example) => new(
        string.Join('\n', (example.Element("code")?.Value ?? "").Trim().Split('\n').Select(line => line.Trim())),
        Clean(string.Concat(example.Nodes().Where(n => n is not XElement { Name.LocalName: "code" }).Select(Raw))),
        example.Element("code")?.Attribute("lang")?.Value == "powershell");

    private static IEnumerable<string> Paragraphs(XElement element) =>
        element.Elements("para").Any() ? element.Elements("para").Select(Text) : [Text(element)];

    private static string Text(XElement? element) => element is null ? "" : Clean(Raw(element));

    private static string Clean(string text) => Spaces().Replace(text, " ").Trim();

    private static string Raw(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "paramref" } see => Reference(see),
        XElement { Name.LocalName: "para" } paragraph => " " + string.Concat(paragraph.Nodes().Select(Raw)) + " ",
        XElement element => string.Concat(element.Nodes().Select(Raw)),
        _ => "",
    };

    private static string Reference(XElement see)
    {
        string name = see.Value.Length > 0 ? see.Value : see.Attributes().FirstOrDefault()?.Value ?? "";
        return name.Split(':')[^1].Split('.')[^1];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?<=[.!?])\s+(?=[A-Z])")]
    private static partial Regex FirstSentence();
}
