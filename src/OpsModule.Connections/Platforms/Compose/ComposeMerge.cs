using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>Puts one compose file over another, as Compose does with <c>compose.override.yaml</c>.</summary>
public static class ComposeMerge
{
    /// <summary>Lists that the upper file replaces; it adds to all others.</summary>
    private static readonly string[] Replaced = ["command", "entrypoint", "test"];

    /// <summary>The lower file with what the upper one says.</summary>
    public static YamlMap Merge(YamlMap lower, YamlMap upper)
    {
        List<YamlEntry> entries = [.. lower.Entries.Select(e => upper[e.Key.Value] is { } over ? e with { Value = Merge(e.Key.Value, e.Value, over) } : e)];
        entries.AddRange(upper.Entries.Where(e => !lower.Has(e.Key.Value)));
        return new YamlMap(entries, upper.Line, upper.Column);
    }

    private static YamlItem Merge(string key, YamlItem lower, YamlItem upper) => (lower, upper) switch
    {
        (YamlMap below, YamlMap above) => Merge(below, above),
        (YamlList below, YamlList above) => Replaced.Contains(key) ? above : new YamlList([.. below.Items, .. above.Items], above.Line, above.Column),
        // Some settings may be written in both ways: environment, depends_on, networks.
        (YamlMap below, YamlList above) => Merge(below, Map(above)),
        (YamlList below, YamlMap above) => Merge(Map(below), above),
        _ => upper,
    };

    /// <summary>A list of names, or of <c>NAME=value</c>, as a section of keys.</summary>
    private static YamlMap Map(YamlList list) => new([.. list.Items.OfType<YamlText>().Select(t => Entry(t, t.Value.IndexOf('=')))], list.Line, list.Column);

    private static YamlEntry Entry(YamlText text, int equals) => equals < 0
        ? new YamlEntry(text, new YamlText("", plain: true, text.Line, text.Column))
        : new YamlEntry(new YamlText(text.Value[..equals], plain: true, text.Line, text.Column), new YamlText(text.Value[(equals + 1)..], plain: false, text.Line, text.Column));
}
