using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>What became of an alert for one receiver.</summary>
public enum DeliveryOutcome
{
    /// <summary>The receiver took it.</summary>
    Delivered,
    /// <summary>It repeats one that was sent a short while ago, and is counted.</summary>
    Folded,
    /// <summary>The receiver does not want it.</summary>
    Skipped,
    /// <summary>The receiver did not take it.</summary>
    Failed,
}

/// <summary>What became of an alert for one receiver.</summary>
/// <param name="Receiver">The receiver's name in the environment file.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Latency">How long the receiver took; null when nothing was sent.</param>
/// <param name="Message">Why, in words.</param>
/// <param name="Alert">The alert.</param>
public sealed record AlertDelivery(string Receiver, DeliveryOutcome Outcome, TimeSpan? Latency, string Message, Alert Alert) : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    bool IVerdict.IsBad() => Outcome == DeliveryOutcome.Failed;

    /// <inheritdoc/>
    public override string ToString() => $"{Receiver}: {Outcome}: {Message}";
}
