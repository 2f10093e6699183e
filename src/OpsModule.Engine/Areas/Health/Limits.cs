using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>The levels that a value is held against.</summary>
internal sealed record Limits(FigureUnit Unit, bool HigherIsWorse, string? Warning, string? Critical)
{
    /// <summary>The levels of a figure: the environment's, and the built-in ones where it says nothing.</summary>
    public static Limits Of(OpsEnvironment environment, string name)
    {
        Figure figure = Figures.Find(name) ?? throw new ArgumentException($"There is no figure {name}.", nameof(name));
        ThresholdSettings? own = environment.Thresholds.GetValueOrDefault(name);
        return new Limits(figure.Unit, figure.HigherIsWorse, own?.Warning ?? figure.Warning, own?.Critical ?? figure.Critical);
    }

    /// <summary>The levels of a check of the application's own: lower is worse where the warning stands above the critical level.</summary>
    public static Limits Of(ThresholdSettings levels, FigureUnit? unit = null, bool? higherIsWorse = null)
    {
        FigureUnit counted = unit ?? LevelText.UnitOf(levels.Warning ?? levels.Critical ?? "");
        var limits = new Limits(counted, true, levels.Warning, levels.Critical);
        return limits with { HigherIsWorse = higherIsWorse ?? !(limits.Level(levels.Warning) > limits.Level(levels.Critical)) };
    }

    /// <summary>In words; null where there are none.</summary>
    public string? Text => (Warning ?? Critical) is null ? null
        : (HigherIsWorse ? "from " : "down to ") + string.Join(" / ", new[] { Warning, Critical }.Select(l => l ?? "-"));

    /// <summary>The levels in a sentence: <c>warning from 80%, critical from 90%</c>; null where there are none.</summary>
    public string? Words => (Warning ?? Critical) is null ? null
        : string.Join(", ", new[] { ("warning", Warning), ("critical", Critical) }.Where(l => l.Item2 is not null)
            .Select(l => $"{l.Item1} {(HigherIsWorse ? "from" : "down to")} {l.Item2}"));

    /// <summary>What was found together with the figure and its levels, as whoever reads only this sentence needs it.</summary>
    public string Tell(double value, string message)
    {
        if (Words is not { } levels || Judge(value) is HealthStatus.Healthy or HealthStatus.Unknown) return message;
        string figure = LevelText.Show(value, Unit);
        int at = message.IndexOf(figure, StringComparison.Ordinal), end = at + figure.Length;
        bool told = at >= 0 && (at == 0 || !char.IsLetterOrDigit(message[at - 1])) && (end == message.Length
            || !char.IsLetterOrDigit(message[end]));
        return told ? $"{message.TrimEnd('.')} ({levels})." : $"{figure} ({levels}): {message}";
    }

    /// <summary>How well a value is.</summary>
    public HealthStatus Judge(double value)
    {
        if (double.IsNaN(value)) return HealthStatus.Unknown;
        if (Reached(Critical)) return HealthStatus.Unhealthy;
        return Reached(Warning) ? HealthStatus.Degraded : HealthStatus.Healthy;

        bool Reached(string? text) => Level(text) is { } level && (HigherIsWorse ? value >= level : value <= level);
    }

    private double? Level(string? text) => text is null ? null : LevelText.TryParse(text, Unit, out double level) ? level
        : throw new OpsException("ThresholdInvalid", OpsErrorCategory.InvalidArgument, $"The threshold '{text}' is not {LevelText.Expected(Unit)}.", "Correct it in the environment.", text);
}
