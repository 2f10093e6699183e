using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Something changed its health, and stayed so long enough to be believed.</summary>
public sealed record HealthChange : IVerdict, IAlertSource
{
    /// <summary>The environment that it is of.</summary>
    public string? Environment => Result.Environment;

    /// <summary>When the new status was first seen, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What was looked at.</summary>
    public required string Check { get; init; }

    /// <summary>Of what.</summary>
    public required string Target { get; init; }

    /// <summary>How well it is now.</summary>
    public required HealthStatus Status { get; init; }

    /// <summary>How well it was before; null when it is the first that is known of it.</summary>
    public HealthStatus? Previous { get; init; }

    /// <summary>How long it was so before; null when it is the first that is known of it.</summary>
    public TimeSpan? Lasted { get; init; }

    /// <summary>True when it changes to and fro so often that only this is reported until it comes to rest.</summary>
    public bool Flapping { get; init; }

    /// <summary>What was found, in words.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>The whole result.</summary>
    public required HealthResult Result { get; init; }

    bool IVerdict.IsBad() => Status is HealthStatus.Unhealthy or HealthStatus.Unknown;

    Alert IAlertSource.ToAlert()
    {
        Alert alert = ((IAlertSource)Result).ToAlert() with { Message = Message, Remedy = Remedy, Time = Time };
        if (Flapping) return alert with { State = AlertState.Firing, Severity = AlertSeverity.Warning, Title = $"{Check} of {Target} is flapping" };
        return Previous is null ? alert : alert with { Title = alert.Title + $", after {DurationText.Show(Lasted ?? default)} of {Previous.Value.ToString().ToLowerInvariant()}" };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Check} of {Target}: {(Previous is null ? "" : $"{Previous} -> ")}{Status}: {Message}";
}
