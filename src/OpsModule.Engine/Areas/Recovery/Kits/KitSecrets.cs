using OpsModule.Engine.Areas.Recovery.Kits.Content;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>Finds what an environment file refers to as a secret.</summary>
internal static class KitSecrets
{
    private static readonly string[] Kinds = ["env:", "file:", "vault:"];

    /// <summary>Each place with its reference. What stands there itself is told without its text.</summary>
    public static IReadOnlyList<KitSecret> Of(EnvironmentLoad load)
    {
        var found = new List<KitSecret>();
        foreach ((string path, YamlItem item) in load.Places) Look(path, item, found);
        found.AddRange(load.Findings.Where(f => f.Code == "LiteralSecret").Select(f => new KitSecret(f.Path, "(in ops.yaml itself)")));
        return [.. found.DistinctBy(s => s.Path)];
    }

    private static void Look(string path, YamlItem item, List<KitSecret> found)
    {
        if (item is YamlText text && Kinds.Any(k =>
            text.Value.StartsWith(k, StringComparison.Ordinal))) found.Add(new KitSecret(path, text.Value));
        if (item is not YamlList list) return;
        // Maps are among the places already, but for those in lists.
        for (int i = 0; i < list.Items.Count; i++) Walk($"{path}[{i}]", list.Items[i], found);
    }

    private static void Walk(string path, YamlItem item, List<KitSecret> found)
    {
        if (item is not YamlMap map) Look(path, item, found);
        else foreach (YamlEntry entry in map.Entries) Walk($"{path}.{entry.Key.Value}", entry.Value, found);
    }
}
