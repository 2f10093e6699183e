using System.Collections.Concurrent;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>Whether a receiver gets an alert.</summary>
/// <param name="Receiver">The receiver.</param>
/// <param name="Wanted">True when it is for it.</param>
/// <param name="Reason">Why it is not; what it would get otherwise.</param>
public sealed record AlertRoute(ReceiverSettings Receiver, bool Wanted, string Reason);

/// <summary>Sends alerts to the receivers of an environment, to all at once, each in its own time; folds repeats and tells of recoveries.</summary>
public sealed class AlertService(OpsContext context)
{
    /// <summary>So long a receiver that hung is left alone, so that each hangs a job once.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    private readonly AlertMemory _memory = new(context);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, string Why)> _resting = new();

    private IReadOnlyDictionary<string, ReceiverSettings> Receivers => context.Environment.Alerts.Receivers;

    /// <summary>True when there is anybody to alert.</summary>
    public bool Any => Receivers.Count > 0;

    /// <summary>The longest that <see cref="SendAsync"/> takes.</summary>
    public TimeSpan Timeout => Any ? Receivers.Values.Max(r => r.Timeout) : TimeSpan.Zero;

    /// <summary>Says who would get an alert, and sends nothing.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="names">Only these receivers, whatever they want to hear; null for all that want it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>NoReceiver</c>, <c>ReceiverUnknown</c>.</exception>
    public async Task<IReadOnlyList<AlertRoute>> RouteAsync(Alert alert, IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        alert = Complete(alert);
        ReceiverSettings[] asked = Find(names);
        IReadOnlyDictionary<string, AlertDecision> past = await _memory.DecideAsync(alert, asked.Select(r => r.Name), look: true, cancellationToken).ConfigureAwait(false);
        return [.. asked.Select(r => new AlertRoute(r, Unwanted(r, alert, names is not null, past[r.Name]) is null,
            Unwanted(r, alert, names is not null, past[r.Name]) ?? (alert.State == AlertState.Firing && !past[r.Name].Send ? "would be folded" : $"to {AlertSender.Describe(r)}")))];
    }

    /// <summary>Sends an alert. What a receiver does wrong is in its delivery, never thrown.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="names">Only these receivers, whatever they want to hear; null for all that want it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>NoReceiver</c>, <c>ReceiverUnknown</c>.</exception>
    public async Task<IReadOnlyList<AlertDelivery>> SendAsync(Alert alert, IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        alert = Complete(alert);
        bool named = names is not null;
        ReceiverSettings[] asked = Find(names);
        ReceiverSettings[] told = [.. asked.Where(r => alert.State == AlertState.Well || Unwanted(r, alert, named, null) is null)];
        IReadOnlyDictionary<string, AlertDecision> past = await _memory.DecideAsync(alert, told.Select(r => r.Name), look: false, cancellationToken).ConfigureAwait(false);
        var deliveries = new List<Task<AlertDelivery>>();
        foreach (ReceiverSettings receiver in asked)
        {
            AlertDecision? decision = past.GetValueOrDefault(receiver.Name);
            if (Unwanted(receiver, alert, named, decision) is { } reason)
            {
                // That something is well and nobody waits for it is no news at all.
                if (alert.State == AlertState.Firing) deliveries.Add(Task.FromResult(new AlertDelivery(receiver.Name, DeliveryOutcome.Skipped, null, reason, alert)));
            }
            else if (alert.State == AlertState.Firing && !decision!.Send)
                deliveries.Add(Task.FromResult(new AlertDelivery(receiver.Name, DeliveryOutcome.Folded, null,
                    $"The same was sent at {decision.Since?.UtcDateTime:yyyy-MM-dd HH:mm}Z; {(decision.Folded == 1 ? "one repeat" : $"{decision.Folded} repeats")} since.", alert)));
            else deliveries.Add(DeliverAsync(receiver, alert, decision!, cancellationToken));
        }
        return await Task.WhenAll(deliveries).ConfigureAwait(false);
    }

    private async Task<AlertDelivery> DeliverAsync(ReceiverSettings receiver, Alert alert, AlertDecision decision, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        try
        {
            if (_resting.TryGetValue(receiver.Name, out var rest) && rest.Until > context.Time.GetUtcNow())
                throw new OpsException("ReceiverDown", OpsErrorCategory.ResourceUnavailable, $"it is left alone for a while: {rest.Why}", "");
            var notice = new AlertNotice(alert, alert.State == AlertState.Well && decision.Send, decision.Folded, decision.Since);
            await Deadline.RunAsync(receiver.Timeout, context.Time, token => AlertSender.SendAsync(receiver, notice, context.Time, token), cancellationToken).ConfigureAwait(false);
            _resting.TryRemove(receiver.Name, out _);
            return new AlertDelivery(receiver.Name, DeliveryOutcome.Delivered, context.Time.GetElapsedTime(started), $"{notice.State}, to {AlertSender.Describe(receiver)}", alert);
        }
        catch (Exception e)
        {
            // A receiver must not be able to end what it is told of, however it fails.
            string why = DeliveryWords.Of(e, receiver.Timeout);
            if (e is TimeoutException) _resting[receiver.Name] = (context.Time.GetUtcNow() + Rest, why);
            await _memory.ForgetAsync(alert, receiver.Name, decision, CancellationToken.None).ConfigureAwait(false);
            return new AlertDelivery(receiver.Name, DeliveryOutcome.Failed, context.Time.GetElapsedTime(started), why, alert);
        }
    }

    /// <summary>Why a receiver does not get an alert; null when it does.</summary>
    private static string? Unwanted(ReceiverSettings receiver, Alert alert, bool named, AlertDecision? past)
    {
        if (alert.State == AlertState.Well && past?.Send == true) return null;
        if (alert is { State: AlertState.Well, OnlyResolves: true }) return "that it is well is no news";
        if (alert.State == AlertState.Well && !named && !receiver.Success) return "it is not told of success";
        if (named) return null;
        if (alert is { State: AlertState.Firing, FollowsFrom: { } cause }) return $"it follows from {cause}, which is told";
        if (alert.Kind != AlertKind.Other && receiver.Events.Count > 0 && !receiver.Events.Contains(alert.Kind))
            return $"it is told only of {string.Join(", ", receiver.Events).ToLowerInvariant()}";
        return alert.State == AlertState.Firing && alert.Severity < receiver.Minimum ? $"it is told only of what is at least {receiver.Minimum.ToString().ToLowerInvariant()}" : null;
    }

    private Alert Complete(Alert alert) => alert with
    {
        Environment = alert.Environment.Length > 0 ? alert.Environment : context.Environment.Name,
        Time = alert.Time == default ? context.Time.GetUtcNow() : alert.Time,
    };

    /// <summary>The receivers that are meant by names, which may have wildcards.</summary>
    /// <param name="names">The names as they were written.</param>
    /// <param name="fail">Told of each that means nobody.</param>
    public IReadOnlyList<string> Choose(IReadOnlyList<string> names, Action<OpsException> fail)
    {
        Find(names: null);
        return NamePattern.ChooseAll(names, [.. Receivers.Keys], "receiver", Unknown, fail);
    }

    private ReceiverSettings[] Find(IReadOnlyList<string>? names)
    {
        if (!Any)
            throw new OpsException("NoReceiver", OpsErrorCategory.ObjectNotFound, $"Environment {context.Environment.Name} names nobody to alert.",
                "Add 'alerts: { receivers: { NAME: { slack: \"env:SLACK_WEBHOOK\" } } }' to the environment file.", context.Environment.Name);
        return names is null ? [.. Receivers.Values] : [.. names.Select(Find).DistinctBy(r => r.Name)];
    }

    private ReceiverSettings Find(string name) => Receivers.GetValueOrDefault(name) ?? throw Unknown(name);

    private OpsException Unknown(string name) => new("ReceiverUnknown", OpsErrorCategory.ObjectNotFound,
        $"There is no receiver '{name}'." + (NearestName.Of(name, Receivers.Keys) is { } nearest ? $" Did you mean '{nearest}'?" : ""),
        "Name one of " + string.Join(", ", Receivers.Keys) + ".", name);
}
