using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpsModule.Host.Binding;

namespace OpsModule.Host.Writing;

/// <summary>Table, list, or one line of text.</summary>
internal enum ViewForm
{
    Table,
    List,
    Line,
}

/// <summary>One column of a table, or one line of a list.</summary>
internal sealed record ViewColumn(string Label, int? Width, bool RightAligned, Func<object, object?> Value);

/// <summary>How objects of one type are shown.</summary>
internal sealed record View(ViewForm Form, IReadOnlyList<ViewColumn> Columns, bool Wrap);

/// <summary>
/// The views of module/formats, the same files that PowerShell loads. Of their script blocks this host understands
/// <c>[OpsModule.Display]::Method($_)</c> and <c>…($_.Property)</c>; in place of any other it shows the property of the label's name.
/// </summary>
internal sealed partial class ViewCatalog(string folder)
{
    private Dictionary<string, View>? _views;

    /// <summary>The views beside the program.</summary>
    public static ViewCatalog Default { get; } = new(Path.Combine(AppContext.BaseDirectory, "formats"));

    public View? Find(Type type) => (_views ??= Load()).GetValueOrDefault(type.FullName ?? "");

    private Dictionary<string, View> Load()
    {
        var views = new Dictionary<string, View>(StringComparer.Ordinal);
        if (!Directory.Exists(folder)) return views;
        foreach (string file in Directory.EnumerateFiles(folder, "*.ps1xml").Order(StringComparer.Ordinal))
        {
            foreach (XElement view in XDocument.Load(file).Descendants("View"))
            {
                View? read = view.Element("TableControl") is { } table ? ReadTable(table) : view.Element("ListControl") is { } list ? ReadList(list)
                    : view.Element("CustomControl") is { } custom ? ReadLine(custom) : null;
                if (read is null) continue;
                foreach (XElement name in view.Elements("ViewSelectedBy").Elements("TypeName")) views.TryAdd(name.Value.Trim(), read);
            }
        }
        return views;
    }

    private static View ReadTable(XElement table)
    {
        List<XElement> headers = [.. table.Descendants("TableColumnHeader")];
        XElement row = table.Descendants("TableRowEntry").First();
        return new View(ViewForm.Table, [.. row.Descendants("TableColumnItem").Select((item, i) => ReadColumn(item, i < headers.Count ? headers[i] : null))], row.Element("Wrap") is not null);
    }

    private static View ReadList(XElement list) =>
        new(ViewForm.List, [.. list.Descendants("ListEntry").First().Descendants("ListItem").Select(item => ReadColumn(item, item))], Wrap: true);

    private static View ReadLine(XElement custom) => new(ViewForm.Line, [ReadColumn(custom.Descendants("ExpressionBinding").First(), null)], Wrap: true);

    private static ViewColumn ReadColumn(XElement item, XElement? header)
    {
        string property = item.Element("PropertyName")?.Value.Trim() ?? "";
        string label = header?.Element("Label")?.Value.Trim() is { Length: > 0 } given ? given : property;
        string alignment = item.Element("Alignment")?.Value ?? header?.Element("Alignment")?.Value ?? "";
        int? width = int.TryParse(header?.Element("Width")?.Value, out int number) ? number : null;
        return new ViewColumn(label, width, alignment.Trim() == "Right", Reader(property.Length > 0 ? property : label, item.Element("ScriptBlock")?.Value.Trim()));
    }

    private static Func<object, object?> Reader(string property, string? script)
    {
        Match call = DisplayCall().Match(script ?? "");
        if (!call.Success || typeof(Display).GetMethod(call.Groups["method"].Value) is not { } method)
            return value => ObjectProperties.TryGet(value, property, out object? found) ? found : null;
        string argument = call.Groups["property"].Value;
        return value => method.Invoke(null, [argument.Length == 0 ? value : ObjectProperties.TryGet(value, argument, out object? found) ? found : null]);
    }

    [GeneratedRegex(@"^\[OpsModule\.Display\]::(?<method>\w+)\(\$_(\.(?<property>\w+))?\)$")]
    private static partial Regex DisplayCall();
}
