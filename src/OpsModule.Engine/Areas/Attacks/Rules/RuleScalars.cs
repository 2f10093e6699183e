using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>Values that keys of rules, rate rules and allow-lists have in common.</summary>
internal static class RuleScalars
{
    public static readonly ScalarShape Text = new(ScalarKind.Text, "a text");
    public static readonly ScalarShape Name = new(ScalarKind.Name, "letters, digits, '.', '_' or '-', beginning with a letter or digit");
    public static readonly ScalarShape Confidence = OneOf<AttackConfidence>();
    public static readonly ScalarShape Severity = OneOf<AttackSeverity>();
    public static readonly ScalarShape Category = OneOf<AttackCategory>();

    public static readonly ScalarShape HttpStatus = new(ScalarKind.Integer, "an HTTP status from 100 to 599") { Minimum = 100, Maximum = 599 };

    public static ScalarShape OneOf<T>() where T : struct, Enum => new(ScalarKind.Text, "one of " + string.Join(", ", Names<T>())) { Choices = Names<T>() };

    private static string[] Names<T>() where T : struct, Enum => [.. Enum.GetNames<T>().Where(n => n != nameof(RuleTarget.None))];
}
