using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;
using static OpsModule.Engine.Areas.Attacks.Rules.RuleScalars;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>Something else about the line: an entry of <c>also:</c> or <c>except:</c>. All that it names must hold.</summary>
public sealed record RuleClause
{
    /// <summary>Parts of the line of which one must match <see cref="Pattern"/>.</summary>
    public RuleTarget Target { get; init; } = RuleTarget.Any;

    /// <summary>In which form.</summary>
    public TextView Decode { get; init; } = TextView.Text;

    /// <summary>A regular expression; null for none.</summary>
    public string? Pattern { get; init; }

    /// <summary>Methods of which the request must have one; empty for any.</summary>
    public IReadOnlyList<string> Method { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Statuses of which the request must have one; empty for any.</summary>
    public IReadOnlyList<int> Status { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Addresses and networks of which the client must be in one; empty for any.</summary>
    public IReadOnlyList<string> Clients { get; init => field = PlainList.Of(value); } = [];

    internal static SectionShape Shape { get; } = new(
        new Setting("target", new ListShape(OneOf<RuleTarget>()), "Parts of the line of which one must match the pattern.") { Default = "[Any]" },
        new Setting("decode", OneOf<TextView>(), "In which form.") { Default = "Text" },
        new Setting("pattern", Text, "A regular expression, as that of a rule."),
        new Setting("method", new ListShape(new ScalarShape(ScalarKind.Text, "a method in capital letters, such as POST")), "Methods of which the request must have one."),
        new Setting("status", new ListShape(HttpStatus), "HTTP statuses of which the request must have one."),
        new Setting("clients", new ListShape(new ScalarShape(ScalarKind.Text, "an address or a network, such as 203.0.113.0/24")), "Addresses and networks of which the client must be in one."));

    /// <summary>Makes a clause; what is wrong with it is a finding.</summary>
    internal static RuleClause Bind(YamlMap item, string at, Action<string, YamlItem, string> checkPattern, FindingList findings)
    {
        string[] Texts(string key) => [.. (item[key] as YamlList)?.Items.OfType<YamlText>().Select(t => t.Value) ?? []];
        if (item.Text("pattern") is { } pattern) checkPattern(pattern, item["pattern"]!, $"{at}.pattern");
        foreach (string client in Texts("clients").Where(c => AllowEntry.ParseNetwork(c) is null))
            findings.Error("AddressInvalid", item["clients"], at, $"'{client}' is no address.", "an address or a network, such as 203.0.113.0/24 or 2001:db8::/32");
        if (item.Text("pattern") is null && Texts("method").Length + Texts("status").Length + Texts("clients").Length == 0)
            findings.Error("ClauseEmpty", item, at, $"{at} asks for nothing.", "pattern, method, status or clients");
        RuleTarget target = Texts("target").Aggregate(RuleTarget.None, (all, t) => all | Enum.Parse<RuleTarget>(t));
        return new RuleClause
        {
            Target = target == RuleTarget.None ? RuleTarget.Any : target,
            Decode = item.Text("decode") is { } view ? Enum.Parse<TextView>(view) : TextView.Text,
            Pattern = item.Text("pattern"),
            Method = Texts("method"),
            Status = (int[])[.. Texts("status").Select(s => int.Parse(s, System.Globalization.CultureInfo.InvariantCulture))],
            Clients = Texts("clients"),
        };
    }
}
