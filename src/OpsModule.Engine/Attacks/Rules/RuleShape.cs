using OpsModule.Engine.Attacks.Decoding;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Attacks.Rules;

/// <summary>Every key that a rule file may hold, with what it means. Nothing else says which keys are valid.</summary>
internal static class RuleShape
{
    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text");
    private static readonly ScalarShape Name = new(ScalarKind.Name, "letters, digits, '.', '_' or '-', beginning with a letter or digit");
    private static readonly ScalarShape Confidence = OneOf<AttackConfidence>();
    private static readonly ScalarShape Severity = OneOf<AttackSeverity>();
    private static readonly ScalarShape Category = OneOf<AttackCategory>();
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
        .. Common,
        new Setting("fields", new ListShape(Text), "Names of fields of structured lines, when only these are looked at."),
        new Setting("literals", new ListShape(Text), "Texts, in the decoded form and in small letters, of which at least one must be there. Required without a condition."),
        new Setting("prefilter", new ListShape(Text), "Texts as they stand in the log, of which one must be in the line. Encoded forms need not be named.")
            { Default = "made from literals" },
        new Setting("pattern", Text, "A regular expression over the decoded text in small letters, without look-around and back references. Required without a condition."),
        new Setting("condition", OneOf<RuleCondition>(), "What is asked of the line as a whole, in place of literals and pattern; TenantDiffers: the tenant who asks is not the one whose data it is."),
        new Setting("unless", Text, "A second expression; where it matches, too, the rule does not."),
        new Setting("status", new ListShape(new ScalarShape(ScalarKind.Integer, "an HTTP status from 100 to 599") { Minimum = 100, Maximum = 599 }), "HTTP statuses of which the request must have one."),
        new Setting("matches", new ListShape(Text), "Lines that it must find.", Required: true),
        new Setting("ignores", new ListShape(Text), "Lines that it must not find.", Required: true),
    ]);

    /// <summary>The whole file.</summary>
    public static SectionShape Root { get; } = new(
        new Setting("defaults", new SectionShape(Common), "What holds for every rule of the file that does not say otherwise."),
        new Setting("rules", new ListShape(Rule), "The rules.", Required: true));

    private static ScalarShape OneOf<T>() where T : struct, Enum => new(ScalarKind.Text, "one of " + string.Join(", ", Names<T>())) { Choices = Names<T>() };

    private static string[] Names<T>() where T : struct, Enum => [.. Enum.GetNames<T>().Where(n => n != nameof(RuleTarget.None))];
}
