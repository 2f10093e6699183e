using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>
/// What the health results of a report say that other sections should not say again or say differently: the levels of the environment, and
/// which services and certificates are judged already.
/// </summary>
internal sealed class ReportKnown
{
    private const int Most = 10_000;

    private readonly Dictionary<string, (double? Warning, double? Critical)> _levels = [];
    private readonly HashSet<(string Kind, string Environment, string Target)> _judged = [];

    public void Note(HealthResult result)
    {
        if (_judged.Count < Most && KindOf(result) is { } kind) _judged.Add((kind, kind == "service" ? result.Environment ?? "" : "",
            result.Target));
        if (result.Check is not ("disk.free" or "certificate.left")) return;
        (double? warning, double? critical) = LevelsIn(result.Threshold, Figures.Find(result.Check)!.Unit);
        if ((warning ?? critical) is not null) _levels[result.Check] = (warning, critical);
    }

    /// <summary>The levels that health results were held against; without any, the built-in ones.</summary>
    public (double? Warning, double? Critical) LevelsOf(string figure) => _levels.TryGetValue(figure, out (double?, double?) levels) ? levels
        : Figures.Find(figure) is { } built ? (Level(built.Warning, built.Unit), Level(built.Critical, built.Unit)) : default;

    /// <summary>The levels in a result's threshold: <c>from 80% / 90%</c>, <c>down to 20% / 10%</c>; a level that is not set is a dash.</summary>
    public static (double? Warning, double? Critical) LevelsIn(string? threshold, FigureUnit unit)
    {
        string[] levels = (threshold ?? "").Replace("down to ", "").Replace("from ", "").Split(" / ");
        return (Level(levels[0], unit), levels.Length > 1 ? Level(levels[1], unit) : null);
    }

    /// <summary>Whether a health result says how a service is.</summary>
    public bool JudgesService(string environment, string name) => _judged.Contains(("service", environment, name));

    /// <summary>Whether a health result says how a certificate is.</summary>
    public bool JudgesCertificate(string source) => _judged.Contains(("certificate", "", source));

    private static string? KindOf(HealthResult result) => result.Check switch
    {
        "service.state" => "service",
        "certificate.valid" => "certificate",
        _ => null,
    };

    private static double? Level(string? text, FigureUnit unit) => text is not null && LevelText.TryParse(text, unit, out double level) ? level : null;
}
