using System.Globalization;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;
using static OpsModule.Engine.Areas.Attacks.Rules.RuleScalars;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>Rate rules as they are written: the <c>rates:</c> of a rule file.</summary>
internal static class RateShape
{
    public static readonly ScalarShape More = new(ScalarKind.Integer, "a whole number of 1 or more") { Minimum = 1 };
    public static readonly ScalarShape Within = new(ScalarKind.Duration, DurationText.Expected);

    private static readonly ListShape Examples = new(new SectionShape(
        new Setting("lines", new ListShape(Text), "Lines, written as the examples of rules are.", Required: true),
        new Setting("times", More, "How many come, one line after the other and again.") { Default = "each once" },
        new Setting("within", Within, "How long that takes, at even distances; the last comes before its end.") { Default = "all at once" }));

    public static SectionShape Rate { get; } = new(
        new Setting("id", Name, "The rate rule's name, unique among rate rules.", Required: true),
        new Setting("title", Text, "What it finds, in a sentence.", Required: true),
        new Setting("replaces", Name, "The rate rule in whose place it stands."),
        new Setting("categories", new ListShape(Category), "Categories that count.") { Default = "all, unless rules are named" },
        new Setting("rules", new ListShape(Text), "Rules that count, too; * stands for any characters."),
        new Setting("by", OneOf<AttackKey>(), "What is counted by.") { Default = "Address" },
        new Setting("more", More, "More than so many break it.", Required: true),
        new Setting("within", Within, "How long the window is, 1s to 1d.", Required: true),
        new Setting("severity", Severity, "How grave it is.") { Default = "Medium" },
        new Setting("mitre", Text, "MITRE ATT&CK technique."),
        new Setting("matches", Examples, "Examples that break it.", Required: true),
        new Setting("ignores", Examples, "Examples that do not.", Required: true));

    public static RateRule Bind(YamlMap item, string at, string path, FindingList findings)
    {
        if (item["within"] is YamlText window) CheckWithin(window, findings);
        _ = DurationText.TryParse(item.Text("within")!, out TimeSpan within);
        return new RateRule
        {
            Id = item.Text("id")!,
            Title = item.Text("title")!,
            Replaces = item.Text("replaces"),
            Categories = (AttackCategory[])[.. Texts(item, "categories").Select(Enum.Parse<AttackCategory>)],
            Rules = Texts(item, "rules"),
            By = Enum.Parse<AttackKey>(item.Text("by") ?? nameof(AttackKey.Address)),
            More = long.Parse(item.Text("more")!, CultureInfo.InvariantCulture),
            Within = within,
            Severity = Enum.Parse<AttackSeverity>(item.Text("severity") ?? nameof(AttackSeverity.Medium)),
            Mitre = item.Text("mitre"),
            Matches = ExamplesOf(item, "matches", at, findings),
            Ignores = ExamplesOf(item, "ignores", at, findings),
            File = path,
        };
    }

    public static void CheckWithin(YamlText within, FindingList findings)
    {
        if (!DurationText.TryParse(within.Value, out TimeSpan window) || window < TimeSpan.FromSeconds(1) || window > TimeSpan.FromDays(1))
            findings.Error("WindowInvalid", within, "within", $"A window of {within.Value} is not possible.", "a duration from 1s to 1d");
    }

    private static RateExample[] ExamplesOf(YamlMap item, string key, string at, FindingList findings)
    {
        var examples = new List<RateExample>();
        foreach (YamlMap example in (item[key] as YamlList)?.Items.OfType<YamlMap>() ?? [])
        {
            string[] lines = Texts(example, "lines");
            if (lines.Length == 0) continue;
            _ = DurationText.TryParse(example.Text("within") ?? "0s", out TimeSpan within);
            examples.Add(new RateExample(lines, example.Text("times") is { } times ? int.Parse(times, CultureInfo.InvariantCulture) : lines.Length, within));
        }
        if (examples.Count == 0) findings.Error("NoExample", item, at, $"{at} has no example in {key}.", "at least one with lines");
        return [.. examples];
    }

    private static string[] Texts(YamlMap item, string key) => [.. ((item[key] as YamlList)?.Items ?? []).OfType<YamlText>().Select(t => t.Value)];
}
