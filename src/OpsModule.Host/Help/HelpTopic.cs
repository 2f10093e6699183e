using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Help;

/// <summary>One example of a cmdlet's help.</summary>
internal sealed record HelpExample(string Code, string Remarks);

/// <summary>The help of one cmdlet, out of its XML documentation comments.</summary>
internal sealed partial record HelpTopic(CmdletMetadata Cmdlet, string Synopsis, IReadOnlyList<string> Description,
    IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<HelpExample> Examples)
{
    /// <summary>Reads the help of one cmdlet.</summary>
    public static HelpTopic Read(CmdletMetadata cmdlet, IReadOnlyDictionary<string, XElement> comments)
    {
        XElement? type = comments.GetValueOrDefault("T:" + cmdlet.Type.FullName);
        return new HelpTopic(cmdlet,
            Text(type?.Element("summary")),
            [.. (type?.Element("remarks") is { } remarks ? Paragraphs(remarks) : [])],
            cmdlet.Parameters.ToDictionary(p => p.Name, p => Text(comments.GetValueOrDefault($"P:{p.Property.DeclaringType!.FullName}.{p.Name}")?.Element("summary"))),
            [.. (type?.Elements("example") ?? []).Select(e => new HelpExample(e.Element("code")?.Value.Trim() ?? "", string.Join(' ', e.Nodes().Where(n => n is not XElement { Name.LocalName: "code" }).Select(Text)).Trim()))]);
    }

    /// <summary>All comments in the compiler's documentation file, by member.</summary>
    public static IReadOnlyDictionary<string, XElement> LoadComments() =>
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, "OpsModule.xml")).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value);

    private static IEnumerable<string> Paragraphs(XElement element) =>
        element.Elements("para").Any() ? element.Elements("para").Select(Text) : [Text(element)];

    private static string Text(XNode? node) => Spaces().Replace(node switch
    {
        null => "",
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "paramref" } see => Reference(see),
        XElement element => string.Concat(element.Nodes().Select(n => n is XText t ? t.Value : " ".Insert(0, Text(n)))),
        _ => "",
    }, " ").Replace(" .", ".").Replace(" ,", ",").Trim(node is XElement { Name.LocalName: "summary" or "para" or "remarks" } ? ' ' : '\0');

    private static string Reference(XElement see)
    {
        string name = see.Value.Length > 0 ? see.Value : see.Attributes().FirstOrDefault()?.Value ?? "";
        return name.Split(':')[^1].Split('.')[^1];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
