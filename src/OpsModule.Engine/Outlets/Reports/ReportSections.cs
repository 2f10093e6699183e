using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Outlets.Reports.Sections;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>The kinds of records that have a section of their own, in the order of the page. A new kind is one more line here.</summary>
internal static class ReportSections
{
    private static readonly (Type Type, Func<int, TimeProvider, ReportSection> Make)[] Known =
    [
        (typeof(LikenessSection), (rows, _) => new LikenessSection(rows)),
        (typeof(HealthResult), (rows, _) => new HealthSection(rows)),
        (typeof(HealthChange), (rows, _) => new HealthChangeSection(rows)),
        (typeof(ServiceRecord), (rows, _) => new ServiceSection(rows)),
        (typeof(ResourceUsage), (rows, _) => new UsageSection(rows)),
        (typeof(DiskUsage), (rows, _) => new DiskSection(rows)),
        (typeof(AvailabilityRecord), (rows, _) => new AvailabilitySection(rows)),
        (typeof(CertificateRecord), (rows, _) => new CertificateSection(rows)),
        (typeof(BackupRecord), (rows, time) => new BackupSection(rows, time)),
        (typeof(BackupTestResult), (rows, _) => new BackupTestSection(rows)),
        (typeof(DrillResult), (rows, _) => new DrillSection(rows)),
        (typeof(RestoreRecord), (rows, _) => new RestoreSection(rows)),
        (typeof(AttackSummary), (rows, _) => new AttackSummarySection(rows)),
        (typeof(AttackOffender), (rows, _) => new AttackOffenderSection(rows)),
        (typeof(AttackMatch), (rows, _) => new AttackMatchSection(rows)),
        (typeof(LogEntry), (rows, _) => new LogSection(rows)),
        (typeof(PlatformEvent), (rows, _) => new EventSection(rows)),
        (typeof(JournalEntry), (rows, _) => new JournalSection(rows)),
    ];

    /// <summary>Records with the same key stand in the same section.</summary>
    public static object KeyOf(object record) => record switch
    {
        string => typeof(string),
        IEnumerable<KeyValuePair<string, object?>> or System.Collections.IDictionary => typeof(object),
        _ => record.GetType(),
    };

    /// <summary>Where a section stands on the page: the known ones first, in their order.</summary>
    public static int PlaceOf(object key) => Array.FindIndex(Known, k => k.Type.Equals(key)) is >= 0 and var place ? place : Known.Length;

    public static ReportSection Make(object key, int maximumRows, TimeProvider time)
    {
        int place = PlaceOf(key);
        return place < Known.Length ? Known[place].Make(maximumRows, time) : new ObjectSection(TitleOf((Type)key), maximumRows);
    }

    private static string TitleOf(Type type) =>
        type == typeof(string) ? "Text" : type == typeof(object) ? "Other objects" : ReportText.Words(type.Name.Split('`')[0]);
}
