using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>Rules of the sections <c>thresholds:</c> and <c>checks:</c>.</summary>
internal sealed class HealthRules(FindingList findings)
{
    private static readonly CheckKind[] Kinds = Enum.GetValues<CheckKind>();

    private static readonly CheckKind[] Figured = [.. Kinds.Except([CheckKind.Tcp, CheckKind.Dns])];

    /// <summary>Keys that only some kinds of checks have.</summary>
    private static readonly (string Key, CheckKind[] Kinds)[] Owners =
    [
        ("database", [CheckKind.Sql]), ("cache", [CheckKind.Redis]),
        ("status", [CheckKind.Http]), ("json", [CheckKind.Http, CheckKind.Command]), ("contains", [CheckKind.Http]), ("apiKey", [CheckKind.Http]),
        ("bearer", [CheckKind.Http, CheckKind.Prometheus, CheckKind.Alertmanager]), ("server", [CheckKind.Prometheus]), ("severity", [CheckKind.Alertmanager]), ("since", [CheckKind.Log]),
        ("ca", [CheckKind.Http, CheckKind.Certificate, CheckKind.Prometheus, CheckKind.Alertmanager]),
        ("expect", [CheckKind.Sql, CheckKind.Redis, CheckKind.Http, CheckKind.Dns, CheckKind.Prometheus, CheckKind.Command]),
        ("warning", Figured), ("critical", Figured),
    ];

    /// <summary>Checks both sections.</summary>
    public void Check(YamlMap root)
    {
        foreach (YamlEntry entry in Entries(root["thresholds"])) CheckThreshold(entry);
        foreach (YamlEntry entry in Entries(root["checks"]))
            if (entry.Value is YamlMap check) CheckOne(entry.Key, check, root);
            else if (entry.Value is YamlText { IsNull: true }) NoSubject(entry.Key, 0);
    }

    private void CheckThreshold(YamlEntry entry)
    {
        string name = entry.Key.Value, path = "thresholds." + name;
        if (Figures.Find(name) is not { } figure)
        {
            findings.Error("UnknownFigure", entry.Key, path, $"There is no figure '{name}'.",
                "one of " + string.Join(", ", Figures.All.Select(f => f.Name)) + "; a figure of your own goes under checks", NearestName.Of(name, Figures.All.Select(f => f.Name)));
            return;
        }
        if (entry.Value is not YamlMap levels) return;
        double? warning = Level(levels, "warning", figure.Unit, path), critical = Level(levels, "critical", figure.Unit, path);
        warning ??= Default(figure.Warning, figure.Unit);
        critical ??= Default(figure.Critical, figure.Unit);
        if (warning is { } w && critical is { } c && (figure.HigherIsWorse ? w > c : w < c))
            findings.Error("ThresholdOrder", entry.Key, path, $"{path} would be critical before it is a warning: "
                + $"{figure.Name} gets worse as it {(figure.HigherIsWorse ? "rises" : "falls")}, and warning is {LevelText.Show(w, figure.Unit)}, critical {LevelText.Show(c, figure.Unit)}.",
                figure.HigherIsWorse ? "a warning below critical" : "a warning above critical");
    }

    private void CheckOne(YamlText key, YamlMap check, YamlMap root)
    {
        string path = "checks." + key.Value;
        CheckKind[] given = [.. Kinds.Where(k => check.Has(EnvironmentBinder.KeyOf(k)))];
        if (given.Length != 1)
        {
            NoSubject(key, given.Length);
            return;
        }
        foreach ((string owned, CheckKind[] kinds) in Owners.Where(o => check.Has(o.Key) && !o.Kinds.Contains(given[0])))
            findings.Error("KeyConflict", check.Entries.First(e => e.Key.Value == owned).Key, $"{path}.{owned}", $"{path} is of the kind {EnvironmentBinder.KeyOf(given[0])}, which has no '{owned}'.",
                "it with " + string.Join(" or ", kinds.Select(EnvironmentBinder.KeyOf)));
        FigureUnit unit = given[0] == CheckKind.Certificate ? FigureUnit.Duration
            : check.Text("warning") is { } warning ? LevelText.UnitOf(warning) : check.Text("critical") is { } critical ? LevelText.UnitOf(critical) : FigureUnit.Count;
        Level(check, "warning", unit, path);
        Level(check, "critical", unit, path);
        if (given[0] is CheckKind.Sql) CheckSource(check, root, "database", "databases", path);
        if (given[0] is CheckKind.Redis) CheckSource(check, root, "cache", "caches", path);
        if (given[0] is CheckKind.Prometheus && !check.Has("server")) CheckServer(key, check, root, path);
        if (given[0] is CheckKind.Command) CheckCommand(key, check, path);
        if (given[0] is CheckKind.Log) CheckPattern(check, path);
    }

    private void CheckServer(YamlText key, YamlMap check, YamlMap root, string path)
    {
        if (!root.Has("prometheus"))
            Missing(key, path + ".server", $"{path} does not say which Prometheus server it asks.", "'server: URL' in it, or 'prometheus: URL' at the top of the file");
        else if (check.Has("bearer") || check.Has("ca"))
            Missing(key, path + ".server", $"{path} asks the file's Prometheus server, whose bearer and ca stand there.", "'server: URL' beside them, or both under prometheus at the top of the file");
    }

    private void CheckCommand(YamlText key, YamlMap check, string path)
    {
        if (check["command"] is not YamlList { Items.Count: > 0 }) Missing(key, path + ".command", $"{path}.command is empty.", "a program and its arguments, such as [ php, artisan, queue:size ]");
        if (!check.Has("service")) Missing(key, path + ".service", $"{path} does not say which service its command is run in.", "'service: NAME' in it");
    }

    private void CheckPattern(YamlMap check, string path)
    {
        try { _ = TextPattern.Compile(check.Text("log")!); }
        catch (OpsException e) { findings.Error("BadValue", check["log"]!, path + ".log", e.Message, "a regular expression"); }
    }

    private void Missing(YamlText key, string path, string message, string expected) => findings.Error("MissingKey", key, path, message, expected);

    private void NoSubject(YamlText key, int given) =>
        findings.Error(given == 0 ? "MissingKey" : "KeyConflict", key, "checks." + key.Value,
            $"checks.{key.Value} {(given == 0 ? "does not say what it looks at" : "looks at more than one thing")}.",
            "exactly one of " + string.Join(", ", Kinds.Select(EnvironmentBinder.KeyOf)));

    private void CheckSource(YamlMap check, YamlMap root, string key, string section, string path)
    {
        string[] names = [.. Entries(root[section]).Select(e => e.Key.Value)];
        YamlItem? at = check[key];
        string? written = check.Text(key);
        if (written is null ? names.Length == 1 : names.Contains(written, StringComparer.OrdinalIgnoreCase)) return;
        findings.Error(key == "database" ? "UnknownDatabase" : "UnknownCache", at ?? check, $"{path}.{key}",
            written is not null ? $"The file has no {key} '{written}'." : names.Length == 0 ? $"The file has no {key} that {path} could ask." : $"{path} does not say which {key} it asks.",
            names.Length == 0 ? $"a key of {section}" : "one of " + string.Join(", ", names), written is null ? null : NearestName.Of(written, names));
    }

    private double? Level(YamlMap map, string key, FigureUnit unit, string path)
    {
        if (map[key] is not YamlText text || !SettingPatterns.Level().IsMatch(text.Value)) return null;
        if (LevelText.TryParse(text.Value, unit, out double value)) return value;
        findings.Error("BadValue", text, $"{path}.{key}", $"'{text.Value}' does not fit {path}.{key}.", LevelText.Expected(unit));
        return null;
    }

    private static double? Default(string? level, FigureUnit unit) => level is not null && LevelText.TryParse(level, unit, out double value) ? value : null;

    private static IReadOnlyList<YamlEntry> Entries(YamlItem? section) => (section as YamlMap)?.Entries ?? [];
}
