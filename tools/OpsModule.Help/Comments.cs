using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace OpsModule.Help;

/// <summary>What the compiler wrote down of the documentation comments: plain text by member.</summary>
internal sealed partial class Comments(string file)
{
    private readonly Dictionary<string, XElement> _members =
        XDocument.Load(file).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value);

    /// <summary>The comment of a class; null when it has none.</summary>
    public XElement? Of(Type type) => _members.GetValueOrDefault("T:" + type.FullName);

    /// <summary>The summary of a property, which may be declared by a base class.</summary>
    public string Summary(Type type, string property) =>
        type.GetProperty(property) is { DeclaringType: { } declaring } ? Text(_members.GetValueOrDefault($"P:{declaring.FullName}.{property}")?.Element("summary")) : "";

    /// <summary>The text of an element, its blanks folded.</summary>
    public static string Text(XElement? element) => element is null ? "" : Fold(Raw(element));

    /// <summary>The paragraphs of an element; one when it has no <c>para</c>.</summary>
    public static IEnumerable<string> Paragraphs(XElement? element) =>
        element is null ? [] : element.Elements("para").Any() ? element.Elements("para").Select(Text) : [Text(element)];

    /// <summary>The text beside the code of an example.</summary>
    public static string Remarks(XElement example) => Fold(string.Concat(example.Nodes().Where(n => n is not XElement { Name.LocalName: "code" }).Select(Raw)));

    /// <summary>The first sentence of a text, and what is left of it.</summary>
    public static (string First, string? Others) Sentence(string text)
    {
        string[] parts = FirstSentence().Split(text, 2);
        return (parts[0], parts.ElementAtOrDefault(1));
    }

    private static string Fold(string text) => Blanks().Replace(text, " ").Trim();

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
    private static partial Regex Blanks();

    [GeneratedRegex(@"(?<=[.!?])\s+(?=[A-Z])")]
    private static partial Regex FirstSentence();
}
