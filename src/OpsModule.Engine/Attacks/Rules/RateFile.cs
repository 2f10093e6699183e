using System.Globalization;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Attacks.Rules;

/// <summary>A file of rate rules that was read: <c>rates:</c> with a list.</summary>
/// <param name="File">Full path.</param>
/// <param name="Rates">Its rules; none when there is an error among the findings.</param>
/// <param name="Findings">What is wrong with it, with line and column.</param>
public sealed record RateFile(string File, IReadOnlyList<RateRule> Rates, IReadOnlyList<EnvironmentFinding> Findings)
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text");

    /// <summary>Every key that such a file may hold.</summary>
    internal static SectionShape Shape { get; } = new(new Setting("rates", new ListShape(new SectionShape(
        new Setting("id", new ScalarShape(ScalarKind.Name, "letters, digits, '.', '_' or '-', beginning with a letter or digit"), "The rule's name, unique among the rate rules.", Required: true),
        new Setting("title", Text, "What it finds, in a sentence.", Required: true),
        new Setting("categories", new ListShape(OneOf<AttackCategory>()), "Categories that count.") { Default = "all, unless rules are named" },
        new Setting("rules", new ListShape(Text), "Rules that count, too; * stands for any characters."),
        new Setting("by", OneOf<AttackKey>(), "What is counted by.") { Default = "Address" },
        new Setting("more", new ScalarShape(ScalarKind.Integer, "a whole number of 1 or more") { Minimum = 1 }, "More than so many break it.", Required: true),
        new Setting("within", new ScalarShape(ScalarKind.Duration, DurationText.Expected), "How long the window is.", Required: true),
        new Setting("severity", OneOf<AttackSeverity>(), "How grave it is.") { Default = "Medium" },
        new Setting("mitre", Text, "MITRE ATT&CK technique."))), "The rate rules.", Required: true));

    /// <summary>Reads a file. Whatever is wrong with it is a finding.</summary>
    public static RateFile Read(string file)
    {
        string path = Path.GetFullPath(file);
        var findings = new FindingList(path);
        YamlMap? root = ShapedFile.Read(path, MaxBytes, Shape, "'rates:' with a list of rate rules", findings);
        var rates = new List<RateRule>();
        if (root?["rates"] is YamlList list)
            foreach (YamlMap item in list.Items.OfType<YamlMap>()) rates.Add(Bind(item, path, findings));
        return new RateFile(path, findings.HasErrors ? [] : rates, findings.All);
    }

    private static RateRule Bind(YamlMap item, string path, FindingList findings)
    {
        _ = DurationText.TryParse(item.Text("within")!, out TimeSpan within);
        if (within <= TimeSpan.Zero || within > TimeSpan.FromDays(1))
            findings.Error("WindowInvalid", item["within"], "within", $"A window of {item.Text("within")} is not possible.", "a duration from 1s to 1d");
        return new RateRule
        {
            Id = item.Text("id")!,
            Title = item.Text("title")!,
            Categories = [.. Texts(item, "categories").Select(Enum.Parse<AttackCategory>)],
            Rules = Texts(item, "rules"),
            By = Enum.Parse<AttackKey>(item.Text("by") ?? nameof(AttackKey.Address)),
            More = long.Parse(item.Text("more")!, CultureInfo.InvariantCulture),
            Within = within,
            Severity = Enum.Parse<AttackSeverity>(item.Text("severity") ?? nameof(AttackSeverity.Medium)),
            Mitre = item.Text("mitre"),
            File = path,
        };
    }

    private static string[] Texts(YamlMap item, string key) => [.. ((item[key] as YamlList)?.Items ?? []).OfType<YamlText>().Select(t => t.Value)];

    private static ScalarShape OneOf<T>() where T : struct, Enum => new(ScalarKind.Text, "one of " + string.Join(", ", Enum.GetNames<T>())) { Choices = Enum.GetNames<T>() };
}
