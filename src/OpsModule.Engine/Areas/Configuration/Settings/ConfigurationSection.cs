using OpsModule.Engine.Environments;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Configuration.Settings;

/// <summary>The section <c>configuration:</c> of the environment file.</summary>
internal sealed class ConfigurationSection : EnvironmentSection
{
    private const string Key = "configuration";

    private static readonly ListShape Paths = new(new ScalarShape(ScalarKind.Text, "a path, relative to this file"));

    public override Setting Setting { get; } = new(Key, new SectionShape(
        new Setting("files", Paths, "Files and folders that belong to the configuration beside what this file names anyway, relative to "
            + "it and with wildcards; folders with all that is in them."),
        new Setting("redact", new ListShape(new ScalarShape(ScalarKind.Text, "a name, with wildcards")),
            "Names of values that are secret, with wildcards, beside those that look so: Backup-OpsConfiguration -Redact takes them out, "
                + "and "
            + "no difference shows them."),
        new Setting("afterChanges", new ScalarShape(ScalarKind.Boolean, "true or false"),
            "Whether each finished rotation of a secret and each finished rollout takes a backup, where backups are encrypted.")
            { Default = "true" }),
        "What Backup-OpsConfiguration takes beside the files that this file names anyway.");

    public override void Check(YamlMap? section, FindingList findings)
    {
        int number = 0;
        foreach (YamlItem item in (section?["files"] as YamlList)?.Items ?? [])
        {
            string at = $"{Key}.files[{number++}]";
            if (item is not YamlText text) continue;
            if (string.IsNullOrWhiteSpace(text.Value)) findings.Error("EmptyValue", item, at, $"{at} is empty.", "a path");
            // The whole machine is no configuration.
            else if (text.Value.Trim().TrimEnd('/') is "" or "*")
                findings.Error("PathTooWide", item, at, $"{at} is '{text.Value}', which is everything.",
                    "the files and folders that count");
        }
    }

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath) => new ConfigurationSettings
    {
        IsDeclared = section is not null,
        Files = [.. Texts(section?["files"]).Select(f => fullPath(f.Trim())!)],
        Redact = [.. Texts(section?["redact"])],
        AfterChanges = section?.Text("afterChanges") is not "false",
    };

    private static IEnumerable<string> Texts(YamlItem? list) => (list as YamlList)?.Items.OfType<YamlText>().Select(t => t.Value) ?? [];
}
