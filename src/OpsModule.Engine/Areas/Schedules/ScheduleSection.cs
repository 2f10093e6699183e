using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Schedules.Times;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>The section <c>schedule:</c> of the environment file.</summary>
internal sealed class ScheduleSection : EnvironmentSection
{
    private const string Key = "schedule";

    public override Setting Setting { get; } = new(Key, new NamedShape("NAME", new SectionShape(
        new Setting("at", new ScalarShape(ScalarKind.Text, CronSchedule.Expected),
            "When, as cron writes it, in UTC. L, W and # are known; not every system that it is exported to knows them.", Required: true),
        new Setting("run", new ScalarShape(ScalarKind.Text, "a line of PowerShell"),
            "The line of PowerShell that is run, in the folder of this file and with this environment.", Required: true),
        new Setting("ping", new ScalarShape(ScalarKind.Secret, "env:NAME, file:PATH#KEY or file:PATH"),
            "URL that is asked (GET) after each run that went well, as a reference: whoever waits there tells when none comes."),
        new Setting("grace", new ScalarShape(ScalarKind.Duration, DurationText.Expected),
            "How late a run may end well before it is overdue.") {
                Default = "a quarter of the shortest time between two runs, from 5m to 1h" })),
        "What is to run when, by a name of your choice. Export-OpsSchedule hands it to the system's scheduler.");

    public override void Check(YamlMap? section, FindingList findings)
    {
        foreach (YamlEntry entry in section?.Entries ?? [])
        {
            if (entry.Value is not YamlMap map) continue;
            string path = $"{Key}.{entry.Key.Value}";
            if (map["at"] is YamlText { IsNull: false, Value.Length: > 0 } at && CronSchedule.Parse(at.Value, out string? problem) is null)
                findings.Error("CronInvalid", at, path + ".at", $"{path}.at is '{at.Value}', and {problem}.", CronSchedule.Expected);
            if (map["run"] is YamlText { IsNull: false, Value.Length: > 0 } run && string.IsNullOrWhiteSpace(run.Value))
                findings.Error("EmptyValue", run, path + ".run", $"{path}.run is nothing but blanks.", "a line of PowerShell");
        }
    }

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath) => new ScheduleSettings
    {
        Entries = EnvironmentBinder.Named(section, (name, map) => new ScheduleEntry
        {
            Name = name,
            At = map.Text("at")!.Trim(),
            Run = map.Text("run")!.Trim(),
            Ping = map.Text("ping") is { } ping ? new SecretReference(ping, fullPath(".")!) : null,
            Grace = map.Text("grace") is { } grace && DurationText.TryParse(grace, out TimeSpan late) ? late : null,
        }),
    };

    public override IEnumerable<(SecretReference? Secret, string Path)> SecretsOf(OpsEnvironment environment) =>
        environment.Section<ScheduleSettings>().Entries.Values.Select(e => (e.Ping, $"{Key}.{e.Name}.ping"));
}
