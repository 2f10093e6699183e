using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>The variables that an environment file takes secrets from. Their names are exported, their values never are.</summary>
internal static class ExportedVariables
{
    private const string Scheme = "env:";

    /// <summary>Reads the file itself: of some secrets the environment keeps no more than the value.</summary>
    public static IReadOnlyList<string> Of(YamlItem? root) => [.. Texts(root).Where(t => t.StartsWith(Scheme, StringComparison.Ordinal))
        .Select(t => t[Scheme.Length..]).Where(IsName).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Texts(YamlItem? item) => item switch
    {
        YamlText text => [text.Value],
        YamlMap map => map.Entries.SelectMany(e => Texts(e.Value)),
        YamlList list => list.Items.SelectMany(Texts),
        _ => [],
    };

    private static bool IsName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
