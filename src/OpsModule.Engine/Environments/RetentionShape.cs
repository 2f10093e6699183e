using OpsModule.Engine.Environments.Retention;
using System.Globalization;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>
/// The key <c>retention</c>, of <c>backups:</c> and of one of its stores: its shape, what the shape cannot say, and what comes of it.
/// </summary>
internal static class RetentionShape
{
    public const string AfterBackup = "afterBackup";

    private static readonly string[] Kinds = ["database", "wal", "cache", "configuration"];
    private static readonly string[] Counts = ["last", "hourly", "daily", "weekly", "monthly", "yearly"];

    private static readonly ScalarShape Duration = new(ScalarKind.Duration, DurationText.Expected);
    private static readonly ScalarShape Flag = new(ScalarKind.Boolean, "true or false");
    private static readonly ScalarShape Least = new(ScalarKind.Integer, "a number from 1 to 100000") { Minimum = 1, Maximum = 100_000 };

    private static readonly SectionShape Rules = new(
        new Setting("keep", Duration, "All that are younger."),
        new Setting("last", Least, "So many of the newest."),
        new Setting("hourly", Least, "One of each of so many hours."),
        new Setting("daily", Least, "One of each of so many days."),
        new Setting("weekly", Least, "One of each of so many weeks (ISO 8601)."),
        new Setting("monthly", Least, "One of each of so many months."),
        new Setting("yearly", Least, "One of each of so many years."),
        new Setting("atLeast", Least, "So many stay, however old they are.") { Default = "1" });

    private static readonly EitherShape Policy = new(Duration, Rules);

    /// <summary>Of <c>backups:</c>.</summary>
    public static Setting Setting { get; } = new("retention", new SectionShape(
        new Setting("database", Policy,
            "How long backups of databases and of tenants are kept: a duration, or rules. A backup stays when any rule keeps it."),
        new Setting("wal", Policy, "How long write-ahead logs are kept. Nothing backs them up yet."),
        new Setting("cache", Policy, "How long backups of caches are kept."),
        new Setting("configuration", Policy, "How long backups of configuration files are kept."),
        new Setting(AfterBackup, Flag,
            "True applies it after each backup, to what was backed up. Else Remove-OpsBackup -Retention does.") { Default = "false" }),
        "How long backups are kept, by kind, in each store and for each database and tenant on its own.");

    /// <summary>Of a store.</summary>
    public static Setting OfStore { get; } = new("retention", new SectionShape(
        new Setting("database", Policy, "How long backups of databases and of tenants are kept in this store."),
        new Setting("wal", Policy, "How long write-ahead logs are kept in this store."),
        new Setting("cache", Policy, "How long backups of caches are kept in this store."),
        new Setting("configuration", Policy, "How long backups of configuration files are kept in this store.")),
        "What is kept in this store, in the place of backups.retention.");

    /// <summary>When a backup that has less than the one before is suspicious.</summary>
    public static Setting Losses { get; } = new("losses", new SectionShape(
        new Setting("percent", new ScalarShape(ScalarKind.Integer, "a number from 1 to 100") { Minimum = 1, Maximum = 100 },
            "From how many percent fewer rows on, of a table or of all, a backup is suspicious.") { Default = "50" },
        new Setting("ignore", new ListShape(new ScalarShape(ScalarKind.Text, "schema.table, with wildcards")),
            "Tables that may lose rows or go, such as sessions and dated partitions: schema.table, with wildcards.")),
        "When a backup that has less than the one before is suspicious. Tables of less than 100 rows are not looked at, unless they are gone.");

    /// <summary>The settings of losses.</summary>
    public static LossSettings BindLosses(YamlItem? section) => section is not YamlMap map ? new LossSettings() : new LossSettings
    {
        Percent = int.TryParse(map.Text("percent"), NumberStyles.None, CultureInfo.InvariantCulture, out int percent) ? percent : 50,
        Ignore = [.. (map["ignore"] as YamlList)?.Items.OfType<YamlText>().Select(t => t.Value) ?? []],
    };

    /// <summary>Looks for a policy that would keep next to nothing.</summary>
    public static void Check(YamlItem? section, string path, FindingList findings)
    {
        if (section is not YamlMap map) return;
        foreach (YamlEntry entry in map.Entries.Where(e => Kinds.Contains(e.Key.Value)))
        {
            string at = $"{path}.{entry.Key.Value}";
            if (entry.Value is YamlText { IsNull: false } text) CheckDuration(text, at, findings);
            if (entry.Value is not YamlMap rules) continue;
            if (rules["keep"] is YamlText keep) CheckDuration(keep, at + ".keep", findings);
            if (!rules.Has("keep") && !Counts.Any(rules.Has))
                findings.Error("RetentionEmpty", entry.Key, at,
                    $"{at} keeps nothing but the last {rules.Text("atLeast") ?? "1"}: it has none of keep, {string.Join(", ", Counts)}.",
                    "one of these at least");
        }
    }

    private static void CheckDuration(YamlText text, string path, FindingList findings)
    {
        if (DurationText.TryParse(text.Value, out TimeSpan keep) && keep < TimeSpan.FromHours(1))
            findings.Error("RetentionTooShort", text, path, $"{path} is {text.Value}: backups would go as soon as they are made.",
                "an hour or more, such as 30d");
    }

    /// <summary>The policies by kind.</summary>
    public static IReadOnlyDictionary<string, RetentionPolicy> Bind(YamlItem? section) => ((section as YamlMap)?.Entries ?? [])
        .Where(e => Kinds.Contains(e.Key.Value) && e.Value is not YamlText { IsNull: true })
        .ToDictionary(e => e.Key.Value, e => e.Value is YamlMap rules ? Bind(rules)
            : new RetentionPolicy { Keep = Span(((YamlText)e.Value).Value) });

    private static RetentionPolicy Bind(YamlMap rules)
    {
        return new RetentionPolicy
        {
            Keep = Span(rules.Text("keep")), Last = Count("last"), Hourly = Count("hourly"), Daily = Count("daily"),
                Weekly = Count("weekly"),
            Monthly = Count("monthly"), Yearly = Count("yearly"), AtLeast = Math.Max(1, Count("atLeast")),
        };

        int Count(string name) => int.TryParse(rules.Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count
            : 0;
    }

    private static TimeSpan? Span(string? text) => text is not null && DurationText.TryParse(text, out TimeSpan span) ? span : null;
}
