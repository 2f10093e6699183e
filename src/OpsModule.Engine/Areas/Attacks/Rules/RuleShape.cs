using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Environments;
using static OpsModule.Engine.Areas.Attacks.Rules.RuleScalars;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>Every key that a rule file may hold, with what it means. Nothing else says which keys are valid.</summary>
internal static class RuleShape
{
    private static readonly ListShape Targets = new(OneOf<RuleTarget>());

    private static readonly Setting[] Common =
    [
        new("category", Category, "What kind of attack."),
        new("severity", Severity, "How grave, before the outcome of the request counts.") { Default = "Medium" },
        new("confidence", Confidence, "How sure in a request or a header.") { Default = "Medium" },
        new("textConfidence", Confidence, "How sure in a message or a field of an application's log, where people write, too.") { Default = "as confidence" },
        new("target", Targets, "Which parts of a line.") { Default = "[Any]" },
        new("decode", OneOf<TextView>(), "In which form the text is looked at.") { Default = "Text" },
        new("outcome", new ScalarShape(ScalarKind.Boolean, "true or false"), "Whether the answer of the request changes the severity.") { Default = "true" },
        new("mitre", Text, "MITRE ATT&CK technique."),
        new("owasp", Text, "OWASP Top Ten entry."),
        new("tags", new ListShape(Text), "Words to find rules by."),
    ];

    private static readonly SectionShape Rule = new(
    [
        new Setting("id", Name, "The rule's name, unique among all rules.", Required: true),
        new Setting("title", Text, "What it finds, in a sentence.", Required: true),
        new Setting("replaces", Name, "The rule of the module in whose place it stands."),
        .. Common,
        new Setting("fields", new ListShape(Text), "Names of fields of structured lines, when only these are looked at."),
        new Setting("literals", new ListShape(Text), "Texts, in the decoded form and in small letters, of which at least one must be there. Required without a condition."),
        new Setting("prefilter", new ListShape(Text), "Texts as they stand in the log, of which one must be in the line. Encoded forms need not be named.")
            { Default = "made from literals" },
        new Setting("pattern", Text, "A regular expression over the decoded text in small letters, without look-around and back references. Required without a condition."),
        new Setting("condition", OneOf<RuleCondition>(), "What is asked of the line as a whole, in place of literals and pattern; TenantDiffers: the tenant who asks is not the one whose data it is."),
        new Setting("unless", Text, "A second expression; where it matches, too, the rule does not."),
        new Setting("status", new ListShape(HttpStatus), "HTTP statuses of which the request must have one."),
        new Setting("also", new ListShape(RuleClause.Shape), "What must hold besides, each of them."),
        new Setting("except", new ListShape(RuleClause.Shape), "What must not hold, none of them."),
        new Setting("matches", new ListShape(Text), "Lines that it must find.", Required: true),
        new Setting("ignores", new ListShape(Text), "Lines that it must not find.", Required: true),
    ]);

    /// <summary>The JSON schema for editors.</summary>
    public static string JsonSchema() => EnvironmentJsonSchema.Write(Root, "OpsModule rule file", "Rules by which attacks are found in logs, and rate rules by which they are too many.");

    /// <summary>The whole file.</summary>
    public static SectionShape Root { get; } = new(
        new Setting("defaults", new SectionShape(Common), "What holds for every rule of the file that does not say otherwise."),
        new Setting("rules", new ListShape(Rule), "The rules."),
        new Setting("rates", new ListShape(RateShape.Rate), "Rate rules: how often is too often."));
}
