using System.Collections;
using System.Globalization;
using System.Reflection;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Records;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>
/// Knows the likeness of a result: what is left of one that came out of a job, another session, a file or a projection. It has the
/// properties and no judgement, so that a report of it would say nothing of what is wrong, and look well.
/// </summary>
internal static class ReportLikeness
{
    private const string Ours = "OpsModule.";
    private const string FormattedResult = "formatted result";
    private const string OutOfElsewhere = "Deserialized.", OutOfCsv = "CSV:";

    /// <summary>The results that judge, and the properties by which they do.</summary>
    private static readonly (Type Type, string[] By)[] Judging =
    [
        (typeof(HealthResult), ["Status"]), (typeof(HealthChange), ["Status"]), (typeof(HealthSummary), ["Status"]), (typeof(ServiceRecord), ["State"]),
        (typeof(BackupTestResult), ["Passed", "Finding"]), (typeof(DrillResult), ["Passed", "Failures"]), (typeof(JournalTestResult), ["Passed", "Finding"]),
        (typeof(RuleTestResult), ["Passed", "Problems"]), (typeof(EnvironmentFinding), ["Severity"]), (typeof(ReportRecord), ["Verdict"]), (typeof(RestoreRecord), ["State"]),
        (typeof(AlertDelivery), ["Outcome"]), (typeof(MetricDelivery), ["Outcome"]), (typeof(JournalEntry), ["Outcome"]), (typeof(AvailabilityRecord), ["Failures", "Availability"]),
        (typeof(CertificateRecord), ["Left", "Problem", "NotAfter"]), (typeof(AttackMatch), ["Severity"]), (typeof(AttackSummary), ["Severity"]), (typeof(AttackOffender), ["Severity"]),
    ];

    /// <summary>What stands in a result's place: what Format-Table and its like leave, which only a terminal can read; an error that was sent down the pipeline; a job whose results nobody received.</summary>
    private static readonly Dictionary<string, string> Instead = new()
    {
        ["FormatStartData"] = FormattedResult, ["GroupStartData"] = FormattedResult, ["FormatEntryData"] = FormattedResult, ["GroupEndData"] = FormattedResult, ["FormatEndData"] = FormattedResult,
        ["ErrorRecord"] = "error", ["Job"] = "job",
    };

    private static readonly string[] VerdictNames = ["Status", "Verdict", "State", "Health"];

    private static readonly Dictionary<Type, Dictionary<string, Type>> Shapes = Judging.ToDictionary(j => j.Type,
        j => j.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(p => p.Name, p => p.PropertyType, StringComparer.OrdinalIgnoreCase));

    /// <summary>What a record is the likeness of, by name; null when it is none, but itself.</summary>
    /// <param name="record">The record; only a bag of properties can be a likeness.</param>
    /// <param name="typeName">The name that PowerShell gives its type, where there is one.</param>
    public static string? Of(object record, string? typeName)
    {
        if (typeName is not null && Instead.TryGetValue(typeName[(typeName.LastIndexOf('.') + 1)..], out string? instead)) return instead;
        // A status that was taken out of its result says nothing of what it is the status of.
        if (record is Enum && record.GetType().Namespace?.StartsWith(Ours, StringComparison.Ordinal) is true) return record.GetType().Name;
        // An environment has no verdict, wherever it came from.
        if (typeName is not null && RecordKinds.Find([typeName]) == typeof(OpsEnvironment)) return null;
        if (PropertiesOf(record) is not { } properties) return null;
        if (typeName?.Contains(Ours, StringComparison.Ordinal) is true)
        {
            string name = typeName[(typeName.LastIndexOf('.') + 1)..];
            bool isWhole = typeName.StartsWith(OutOfElsewhere, StringComparison.Ordinal) || typeName.StartsWith(OutOfCsv, StringComparison.Ordinal);
            if (isWhole || Judging.Any(j => j.Type.Name == name)) return name;
        }
        foreach ((Type type, string[] by) in Judging)
            if (IsLike(properties, Shapes[type], by)) return type.Name;
        if (IsHealthWithoutStatus(properties)) return nameof(HealthResult);
        return properties.Any(SaysHowWellItIs) ? "result" : null;
    }

    /// <summary>The same of what another object holds, where a result itself goes unjudged, too.</summary>
    public static string? OfHeld(object value, string typeName) => Judging.FirstOrDefault(j => j.Type.IsInstanceOfType(value)).Type?.Name ?? Of(value, typeName);

    private static bool IsLike(Dictionary<string, object?> properties, Dictionary<string, Type> shape, string[] by)
    {
        int shared = properties.Keys.Count(shape.ContainsKey);
        return shared >= 2 && shared * 2 >= properties.Count && by.Any(name => properties.TryGetValue(name, out object? value) && Fits(value, shape[name]));
    }

    /// <summary>A selection of a selection, or of an object of a file, has lost its type's name; nothing but health has a check and a target.</summary>
    private static bool IsHealthWithoutStatus(Dictionary<string, object?> properties) =>
        properties.ContainsKey("Check") && properties.ContainsKey("Target") && properties.Keys.All(k => Shapes[typeof(HealthResult)].ContainsKey(k));

    private static bool SaysHowWellItIs(KeyValuePair<string, object?> property) => property.Key.Equals("Passed", StringComparison.OrdinalIgnoreCase)
        ? Fits(property.Value, typeof(bool))
        : VerdictNames.Contains(property.Key, StringComparer.OrdinalIgnoreCase) && !IsNumber(property.Value) && Fits(property.Value, typeof(HealthStatus));

    private static bool Fits(object? value, Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if (value is null) return plain != type;
        if (plain == value.GetType()) return true;
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (plain == typeof(bool)) return bool.TryParse(text, out _);
        return !plain.IsEnum || (Enum.TryParse(plain, text, ignoreCase: true, out object? named) && Enum.IsDefined(plain, named));
    }

    private static bool IsNumber(object? value) => double.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out _);

    private static Dictionary<string, object?>? PropertiesOf(object record)
    {
        IEnumerable<KeyValuePair<string, object?>>? all = record switch
        {
            IEnumerable<KeyValuePair<string, object?>> bag => bag,
            IDictionary table => table.Keys.Cast<object>().Select(k => KeyValuePair.Create(k.ToString() ?? "", table[k])),
            _ => null,
        };
        if (all is null) return null;
        var properties = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, object? value) in all) properties[name] = value;
        return properties;
    }
}

/// <summary>What was not understood: its table, and one finding that says so, so that the page is not taken for a good one.</summary>
internal sealed class LikenessSection(int maximumRows) : ReportSection("Not understood", maximumRows)
{
    private readonly Dictionary<string, long> _kinds = [];

    public override string Summary => "Nothing in these records was judged: they are what is left of results of another session or a file, or hold them: selections, groups, tables.";

    public void Note(string kind) => _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;

    public override IEnumerable<ReportFinding> Conclude() => _kinds.Select(k => new ReportFinding(HealthStatus.Unknown, $"{k.Key}: {ReportText.Count(k.Value, "record")}",
        "What was piped in is an error or a job, or came out of another session, a file, a selection, a group or a table; whether it is well or not was not understood.", ReportBuilder.NotUnderstoodRemedy));

    protected override ReportFinding? Take(object record) => null;

    protected override HealthStatus? Mark(object record) => HealthStatus.Unknown;
}
