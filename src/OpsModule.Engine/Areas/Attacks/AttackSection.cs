using System.Globalization;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>The section <c>attacks:</c> of the environment file: its keys, what no single key's shape can say, and what comes of it.</summary>
internal sealed class AttackSection : EnvironmentSection
{
    private const string AnyNetwork = "an address or a network, such as 10.0.0.0/8 or 2001:db8::/32";

    private const string AnyFormat = "a pattern, such as {client} [{time}] {request} {status}";

    private static readonly ScalarShape Field = new(ScalarKind.Text, "a field's name");

    public override Setting Setting { get; } = new("attacks", new SectionShape(
        new Setting("rules", new ListShape(new ScalarShape(ScalarKind.Path, "a path; a relative one starts at the folder of this file")),
            "Files and folders with rules and rate rules of your own, besides those of the module."),
        new Setting("allow", new ListShape(AllowFile.Entry), "What is let pass, and told apart. All that an entry names must hold."),
        new Setting("tenantFields", new SectionShape(
            new Setting("token", new ListShape(Field), "Fields that hold the tenant who asks.") { Default = "the usual names" },
            new Setting("resource", new ListShape(Field), "Fields that hold the tenant whose data it is; else it is taken from paths like /tenants/NAME.") { Default = "the usual names" }),
            "In which fields of structured logs tenants stand, for rules with the condition TenantDiffers."),
        new Setting("trustedProxies", new ListShape(new ScalarShape(ScalarKind.Text, AnyNetwork)),
            "Proxies in front of the servers, by address or network. Of them it is believed for whom they asked (X-Forwarded-For, from its end), and they are never blocked."),
        new Setting("proxies", new ListShape(new ScalarShape(ScalarKind.Text, AnyNetwork)),
            "The same as trustedProxies, and added to them."),
        new Setting("formats", new ListShape(new ScalarShape(ScalarKind.Text, AnyFormat)),
            "Formats of access logs of your own, which come before those that are known: {client} [{time}] {request} {status}. Besides there are {method}, {path}, {query}, "
            + "{bytes}, {agent}, {referrer}, {forwarded}, {user}, {host}, {*} for anything and {_} for a word."),
        new Setting("rates", new NamedShape("RATE", new SectionShape(
            new Setting("more", RateShape.More, "More than so many break it.") { Default = "as it is" },
            new Setting("within", RateShape.Within, "How long its window is, 1s to 1d.") { Default = "as it is" },
            new Setting("severity", RuleScalars.Severity, "How grave it is.") { Default = "as it is" },
            new Setting("enabled", new ScalarShape(ScalarKind.Boolean, "true or false"), "False switches it off.") { Default = "true" })),
            "Changes rate rules, by their id.")), "Rules, allow-list and rates of the search for attacks in logs.");

    public override void Check(YamlMap? section, FindingList findings)
    {
        if (section is not { } map) return;
        foreach (YamlMap item in Items(map["allow"])) AllowFile.Bind(item, findings);
        foreach (string name in (string[])["trustedProxies", "proxies"])
            foreach (YamlText proxy in (map[name] as YamlList)?.Items.OfType<YamlText>() ?? [])
                if (AllowEntry.ParseNetwork(proxy.Value) is null) findings.Error("AddressInvalid", proxy, $"attacks.{name}",
                    $"'{proxy.Value}' is no address.", AnyNetwork);
        foreach (YamlText format in (map["formats"] as YamlList)?.Items.OfType<YamlText>() ?? [])
            if (LinePattern.Fault(format.Value) is { } fault) findings.Error("FormatInvalid", format, "attacks.formats",
                $"'{format.Value}' is no format. {fault}", AnyFormat);
        foreach (YamlEntry entry in (map["rates"] as YamlMap)?.Entries ?? [])
            if (entry.Value is YamlMap rate && rate["within"] is YamlText within) RateShape.CheckWithin(within, findings);
    }

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath) => section is not { } map ? new AttackSettings() : new AttackSettings
    {
        Rules = [.. Texts(map["rules"])?.Select(r => fullPath(r)!) ?? []],
        Allow = [.. Items(map["allow"]).Select(i => AllowFile.Bind(i, new FindingList(null)))],
        TenantFields = Texts((map["tenantFields"] as YamlMap)?["token"]),
        ResourceTenantFields = Texts((map["tenantFields"] as YamlMap)?["resource"]),
        TrustedProxies = [.. Networks(map["trustedProxies"]), .. Networks(map["proxies"])],
        Formats = Texts(map["formats"])?.Where(f => LinePattern.Fault(f) is null).ToArray() ?? [],
        Rates = EnvironmentBinder.Named(map["rates"], (_, rate) => new RateSettings(
            rate.Text("more") is { } more ? long.Parse(more, CultureInfo.InvariantCulture) : null,
            rate.Text("within") is { } within && DurationText.TryParse(within, out TimeSpan window) ? window : null,
            rate.Text("severity") is { } severity ? Enum.Parse<AttackSeverity>(severity) : null,
            rate.Text("enabled") != "false")),
    };

    private static IEnumerable<YamlMap> Items(YamlItem? list) => (list as YamlList)?.Items.OfType<YamlMap>() ?? [];

    private static IEnumerable<System.Net.IPNetwork> Networks(YamlItem? list) =>
        Texts(list)?.Select(AllowEntry.ParseNetwork).OfType<System.Net.IPNetwork>() ?? [];

    private static string[]? Texts(YamlItem? list) => (list as YamlList)?.Items.OfType<YamlText>().Select(t => t.Value).ToArray();
}
