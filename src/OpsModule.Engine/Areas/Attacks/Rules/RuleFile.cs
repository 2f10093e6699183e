using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>A rule file that was read.</summary>
/// <param name="File">Full path.</param>
/// <param name="Rules">Its rules; none when there is an error among the findings.</param>
/// <param name="Rates">Its rate rules; none when there is an error among the findings.</param>
/// <param name="Findings">What is wrong with it, with line and column.</param>
public sealed record RuleFile(string File, IReadOnlyList<AttackRule> Rules, IReadOnlyList<RateRule> Rates,
    IReadOnlyList<EnvironmentFinding> Findings)
{
    /// <summary>How far expressions are tried.</summary>
    private enum Proof { None, Words, Whole }

    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Reads a file. Whatever is wrong with it is a finding.</summary>
    public static RuleFile Read(string file) => Read(file, Proof.Whole);

    /// <summary>
    /// Reads a file to use it. Its expressions are read, but no engine is made of them: of thousands of rules few are ever asked.
    /// </summary>
    internal static RuleFile ReadToUse(string file) => Read(file, Proof.Words);

    /// <summary>Reads a file of the module: its expressions were proven by its build, and trying them all again takes a second.</summary>
    internal static RuleFile ReadOwn(string file) => Read(file, Proof.None);

    private static RuleFile Read(string file, Proof proof)
    {
        string path = Path.GetFullPath(file);
        var findings = new FindingList(path);
        return TextFile.Read(path, MaxBytes, findings.Add) is { } text ? Parse(text, path, findings, proof) : new RuleFile(path, [], [],
            findings.All);
    }

    /// <summary>Reads the text of a file.</summary>
    internal static RuleFile Parse(string text, string path) => Parse(text, path, new FindingList(path), Proof.Whole);

    private static RuleFile Parse(string text, string path, FindingList findings, Proof proof)
    {
        if (ShapedFile.Parse(text, RuleShape.Root, "'rules:' or 'rates:' with a list", findings) is not { } map) return new RuleFile(path,
            [], [], findings.All);
        if (map["rules"] is null && map["rates"] is null)
            findings.Error("FileEmpty", map, "", "The file holds neither rules nor rate rules.", "'rules:' or 'rates:' with a list");
        var defaults = map["defaults"] as YamlMap;
        var rules = new List<AttackRule>();
        foreach ((YamlMap item, string at) in Items(map, "rules"))
            if (Bind(item, defaults, at, path, findings, proof) is { } rule) rules.Add(rule);
        RateRule[] rates = [.. Items(map, "rates").Select(r => RateShape.Bind(r.Item, r.At, path, findings))];
        return findings.HasErrors ? new RuleFile(path, [], [], findings.All) : new RuleFile(path, rules, rates, findings.All);
    }

    private static IEnumerable<(YamlMap Item, string At)> Items(YamlMap map, string key) =>
        ((map[key] as YamlList)?.Items ?? []).Select((item, i) => (Item: item as YamlMap, At: $"{key}[{i}]")).Where(i =>
            i.Item is not null).Select(i => (i.Item!, i.At));

    private static AttackRule? Bind(YamlMap item, YamlMap? defaults, string at, string path, FindingList findings, Proof proof)
    {
        string? Value(string key) => item.Text(key) ?? defaults?.Text(key);
        IReadOnlyList<string> Texts(string key) => ((item[key] ?? defaults?[key]) as YamlList)?.Items.OfType<YamlText>().Select(t =>
            t.Value).ToArray() ?? [];
        RuleClause[] Clauses(string key) => [.. Items(item, key).Select(c => RuleClause.Bind(c.Item, $"{at}.{c.At}",
            (pattern, place, path) => CheckPattern(pattern, place, path, findings, proof), findings))];
        T? Choice<T>(string key) where T : struct, Enum => Value(key) is { } text ? Enum.Parse<T>(text) : null;

        if (Choice<AttackCategory>("category") is not { } category)
        {
            findings.Error("MissingKey", item, at, $"{at} has no category, and neither have the defaults.",
                "category: one of " + string.Join(", ", Enum.GetNames<AttackCategory>()));
            return null;
        }
        foreach (string key in (string[])["pattern", "unless"])
            if (item.Text(key) is { } expression) CheckPattern(expression, item[key]!, $"{at}.{key}", findings, proof);
        RuleCondition condition = Choice<RuleCondition>("condition") ?? RuleCondition.None;
        if (condition == RuleCondition.None && item.Text("pattern") is null)
            findings.Error("MissingKey", item, at, $"{at} has no pattern.",
                "pattern: a regular expression, or condition: " + nameof(RuleCondition.TenantDiffers));
        if (condition != RuleCondition.None && Texts("prefilter").Count == 0)
            findings.Error("NoPrefilter", item, at, $"{at} has no prefilter: with a condition there are no literals to make it from.",
                "prefilter: texts of which one stands in every such line");
        if (condition == RuleCondition.None && Texts("literals").Count == 0) findings.Error("NoLiterals", item, at,
            $"{at} has no literals: it would be asked of every line.", "at least one text that must be there");
        foreach (string literal in Texts("literals").Where(l => l != l.ToLowerInvariant()))
            findings.Error("LiteralCapital", item["literals"], at, $"'{literal}' has capital letters; decoded text has none.",
                "small letters");
        foreach (string literal in Texts("prefilter").Concat(Texts("prefilter").Count > 0 ? [] : Texts("literals")).Where(l =>
            System.Text.Encoding.UTF8.GetByteCount(l.Trim()) < 2))
            findings.Error("PrefilterShort", item, at, $"'{literal}' alone is too short to look for in every line.",
                "literals of two characters or more, or a prefilter");
        if (Texts("matches").Count == 0) findings.Error("NoExample", item, at, $"{at} has no example of what it finds.",
            "at least one line in matches");
        if (Texts("ignores").Count == 0) findings.Error("NoExample", item, at, $"{at} has no example of what it must not find.",
            "at least one line in ignores");

        AttackConfidence confidence = Choice<AttackConfidence>("confidence") ?? AttackConfidence.Medium;
        RuleTarget target = Texts("target").Aggregate(RuleTarget.None, (all, t) => all | Enum.Parse<RuleTarget>(t));
        if (target.HasFlag(RuleTarget.Line) && (target != RuleTarget.Line || Choice<TextView>("decode") is not (null or TextView.Raw)))
            findings.Error("LineAlone", item["target"], at, $"{at} looks at the line as it is written and at something else.",
                "target: Line alone, without decode");
        return new AttackRule
        {
            Id = item.Text("id")!,
            Title = item.Text("title")!,
            Replaces = item.Text("replaces"),
            Category = category,
            Severity = Choice<AttackSeverity>("severity") ?? AttackSeverity.Medium,
            Confidence = confidence,
            TextConfidence = Choice<AttackConfidence>("textConfidence") ?? confidence,
            Target = target == RuleTarget.None ? RuleTarget.Any : target,
            Fields = Texts("fields"),
            Decode = Choice<TextView>("decode") ?? (target == RuleTarget.Line ? TextView.Raw : TextView.Text),
            Literals = Texts("literals"),
            Prefilter = Texts("prefilter"),
            Pattern = item.Text("pattern") ?? "",
            Condition = condition,
            Unless = item.Text("unless"),
            Also = Clauses("also"),
            Except = Clauses("except"),
            Status = (int[])[.. Texts("status").Select(s => int.Parse(s, System.Globalization.CultureInfo.InvariantCulture))],
            RaisedByOutcome = Value("outcome") != "false",
            Mitre = Value("mitre"),
            Owasp = Value("owasp"),
            Tags = Texts("tags"),
            Matches = Texts("matches"),
            Ignores = Texts("ignores"),
            File = path,
        };
    }

    private static void CheckPattern(string pattern, YamlItem place, string path, FindingList findings, Proof proof)
    {
        if (proof == Proof.None) return;
        try
        {
            // The automaton itself costs a thousand times as much as reading the expression.
            if (proof == Proof.Whole || LinearRegex.NeedsBacktracking(pattern)) LinearRegex.Make(pattern);
            else LinearRegex.Check(pattern);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            findings.Error("PatternInvalid", place, path, $"The expression cannot be used: {e.Message.TrimEnd('.')}.",
                "an expression without look-around, back references and atomic groups");
        }
    }
}
