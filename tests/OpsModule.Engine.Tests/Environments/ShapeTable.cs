using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Tests.Environments;

/// <summary>The keys of a shape as rows of a table, for pages of the documentation.</summary>
internal static class ShapeTable
{
    public static IEnumerable<(string Path, string Row)> Rows(SettingShape shape, string prefix) => shape switch
    {
        SectionShape section => section.Keys.SelectMany(k => Of(k, prefix.Length == 0 ? k.Name : prefix + "." + k.Name)),
        NamedShape named => Rows(named.Item, prefix + "." + named.Example),
        ListShape list => Rows(list.Item, prefix + "[]"),
        EitherShape either => Rows(either.Section, prefix),
        _ => [],
    };

    private static IEnumerable<(string, string)> Of(Setting key, string path) => Rows(key.Shape, path)
        .Prepend((path, $"| `{path}` | {Value(key.Shape)} | {(key.Required ? "required" : key.Default)} | {key.Description.Replace("|", "\\|", StringComparison.Ordinal)} |"));

    private static string Value(SettingShape shape) => shape switch
    {
        ScalarShape scalar => scalar.Expected,
        EitherShape either => either.Scalar.Expected + ", or a section",
        NamedShape => "section of names",
        ListShape { Item: ScalarShape { Choices.Count: > 0 } item } => "list of " + string.Join(", ", item.Choices),
        ListShape { Item: SectionShape } => "list of sections",
        ListShape => "list",
        _ => "section",
    };
}
