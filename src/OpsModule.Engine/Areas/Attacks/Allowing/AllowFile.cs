using System.Globalization;
using System.Net;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Attacks.Allowing;

/// <summary>Entries of an allow-list as they are written: in files with <c>allow:</c>, and in the environment file.</summary>
internal static class AllowFile
{
    private const int MaxBytes = 1024 * 1024;
    private const string AnyUntil = "a date such as 2026-12-31 (to its end, UTC) or a time such as 2026-12-31T18:00:00Z";

    private static readonly ScalarShape Pattern = new(ScalarKind.Text, "a text in which * stands for any characters");

    /// <summary>Every key that an entry may hold.</summary>
    public static SectionShape Entry { get; } = new(
        new Setting("address", new ScalarShape(ScalarKind.Text, "an address or a network, such as 203.0.113.0/24 or 2001:db8::/32"), "Addresses it must come from."),
        new Setting("path", Pattern, "Pattern of the request's path."),
        new Setting("agent", Pattern, "Pattern of the program that asked."),
        new Setting("rule", Pattern, "Pattern of the rule."),
        new Setting("category", RuleScalars.Category, "The category."),
        new Setting("until", new ScalarShape(ScalarKind.Text, AnyUntil), "Up to when it holds; what comes later is reported, with a warning.") { Default = "for ever" },
        new Setting("reason", new ScalarShape(ScalarKind.Text, "a text"), "Why; shown beside what it let pass."));

    private static readonly SectionShape Shape = new(new Setting("allow", new ListShape(Entry), "What is let pass.", Required: true));

    /// <summary>Reads the entries of a file.</summary>
    public static IReadOnlyList<AllowEntry> Read(string file)
    {
        string path = Path.GetFullPath(file);
        var findings = new FindingList(path);
        AllowEntry[] entries = ShapedFile.Read(path, MaxBytes, Shape, "'allow:' with a list", findings)?["allow"] is YamlList list
            ? [.. list.Items.OfType<YamlMap>().Select(i => Bind(i, findings))] : [];
        ShapedFile.ThrowOnError(path, findings.All, "AllowListInvalid");
        return entries;
    }

    /// <summary>Makes an entry; what is wrong with it is a finding.</summary>
    public static AllowEntry Bind(YamlMap item, FindingList findings)
    {
        IPNetwork? network = item.Text("address") is { } text ? AllowEntry.ParseNetwork(text) : null;
        if (item.Text("address") is not null && network is null)
            findings.Error("AddressInvalid", item["address"], "address", $"'{item.Text("address")}' is no address.", "an address or a network, such as 203.0.113.0/24 or 2001:db8::/32");
        DateTimeOffset? until = item.Text("until") is { } end ? Until(end) : null;
        if (item.Text("until") is not null && until is null)
            findings.Error("TimeInvalid", item["until"], "until", $"'{item.Text("until")}' is no time.", AnyUntil);
        var entry = new AllowEntry(network, item.Text("path"), item.Text("agent"), item.Text("rule"), item.Text("category"));
        // An entry that names nothing would let everything pass.
        if (item.Text("address") is null && entry == new AllowEntry())
            findings.Error("EntryEmpty", item, "allow", "The entry says nothing of what is let pass.", "address, path, agent, rule or category");
        return entry with { Until = until, Reason = item.Text("reason") };
    }

    private static DateTimeOffset? Until(string text)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
            return new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddDays(1);
        return text.Contains('T') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time : null;
    }
}
