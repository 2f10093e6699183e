using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>
/// The lock of a service in its namespace, where every operator's machine sees it: a Lease that is renewed for as long as the change is at
/// work. It is taken over by the same change, or after nobody has renewed it for as long as it holds.
/// </summary>
internal sealed class NamespaceLock : IAsyncDisposable
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30), Renewal = TimeSpan.FromSeconds(10),
        Skew = TimeSpan.FromSeconds(5);

    private readonly ChangeRun _run;
    private readonly IWorkloadRollout _rollout;
    private readonly string _service;
    private readonly CancellationTokenSource _stop = new();
    private LeaseRecord? _lease;
    private Task _renewing = Task.CompletedTask;

    private NamespaceLock(ChangeRun run, IWorkloadRollout rollout, string service) => (_run, _rollout, _service) = (run, rollout, service);

    /// <summary>Why it is not held; null while it is.</summary>
    public string? NotHeld { get; private set; }

    /// <summary>True when another has taken it from us.</summary>
    public bool IsLost { get; private set; }

    private string Holder => $"{Actor.Current.User}@{Actor.Current.Host}/{_run.Id}";

    private DateTimeOffset Now => _run.Context.Time.GetUtcNow();

    /// <summary>The name of a service's Lease.</summary>
    public static string NameOf(string service) => "opsmodule-" + service.Replace('/', '-').ToLowerInvariant();

    /// <summary>True while somebody holds it, as far as clocks agree.</summary>
    public static bool IsHeld(LeaseRecord lease, DateTimeOffset now) =>
        !string.IsNullOrEmpty(lease.Holder) && lease.RenewedAt is { } renewed && now < renewed + lease.Duration;

    /// <summary>Who holds it, in a sentence.</summary>
    public static string Words(LeaseRecord lease) =>
        $"{lease.Holder} is at work on it since {lease.AcquiredAt?.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC (Lease {lease.Name}).";

    /// <summary>Takes it, and keeps it until it is disposed. Where this user has no right to Leases, that is told, and the change goes
    /// on.</summary>
    /// <exception cref="OpsException"><c>RolloutUnderWay</c>.</exception>
    public static async Task<NamespaceLock> TakeAsync(ChangeRun run, IWorkloadRollout rollout, string service,
        CancellationToken cancellationToken)
    {
        var taken = new NamespaceLock(run, rollout, service);
        try
        {
            await taken.TakeAsync(cancellationToken).ConfigureAwait(false);
            taken._renewing = taken.RenewAsync();
        }
        catch (OpsException e) when (e.ErrorId == "ClusterForbidden")
        {
            taken.NotHeld = $"Nothing keeps another machine from rolling out {service} at the same time: {e.Message}";
            run.Context.Reporter.Warning($"{taken.NotHeld} {e.RecommendedAction}");
        }
        return taken;
    }

    /// <summary>Gives back what a run of the same change has left that was killed; another's is left alone.</summary>
    public static async Task FreeAsync(ChangeRun run, IWorkloadRollout rollout, string service, CancellationToken cancellationToken)
    {
        var left = new NamespaceLock(run, rollout, service);
        try
        {
            LeaseRecord? found = await rollout.ReadLeaseAsync(NameOf(service), cancellationToken).ConfigureAwait(false);
            if (left.IsOurs(found)) await left.GiveAsync(found!, cancellationToken).ConfigureAwait(false);
        }
        // Who has no right to Leases has taken none.
        catch (OpsException e) when (e.ErrorId == "ClusterForbidden") { run.Context.Reporter.Verbose(e.Message); }
    }

    /// <summary>Gives it back. That it cannot be is told, and it ends by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        if (_lease is null || IsLost) return;
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            // A renewal that was under way may have come first.
            for (LeaseRecord? last = _lease; last?.Holder == Holder && !await GiveAsync(last, limit.Token).ConfigureAwait(false);)
                last = await _rollout.ReadLeaseAsync(_lease.Name, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OpsException or OperationCanceledException)
        {
            _run.Context.Reporter.Warning(
                $"The Lease {_lease.Name} could not be given back, and ends by itself in {DurationText.Show(Duration)}: {e.Message}");
        }
    }

    private bool IsOurs(LeaseRecord? lease) => lease?.Holder?.EndsWith("/" + _run.Id, StringComparison.Ordinal) is true;

    private async Task<bool> GiveAsync(LeaseRecord lease, CancellationToken cancellationToken) => await _rollout.WriteLeaseAsync(_run,
        lease with { Holder = null, RenewedAt = Now, Duration = TimeSpan.FromSeconds(1) }, cancellationToken)
            .ConfigureAwait(false) is not null;

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            LeaseRecord? found = await _rollout.ReadLeaseAsync(NameOf(_service), cancellationToken).ConfigureAwait(false);
            bool isOurs = IsOurs(found);
            bool isFree = found is null || string.IsNullOrEmpty(found.Holder) || isOurs;
            if (!isFree && !await IsOverAsync(found!, cancellationToken).ConfigureAwait(false)) throw UnderWay(found!);
            if (!isFree) _run.Context.Reporter.Warning($"The Lease {found!.Name} of {found.Holder} is taken over: nobody has renewed it.");
            _lease = await _rollout.WriteLeaseAsync(_run, new LeaseRecord
            {
                Name = NameOf(_service), Holder = Holder, AcquiredAt = isOurs ? found!.AcquiredAt : Now, RenewedAt = Now,
                    Duration = Duration,
                Version = found?.Version, Transitions = (found?.Transitions ?? 0) + (found is null || isOurs ? 0 : 1),
            }, cancellationToken).ConfigureAwait(false);
            if (_lease is not null) return;
        }
    }

    /// <summary>
    /// Whether nobody renews it any more. Clocks of two machines may disagree, so one that looks expired is watched for longer than its
    /// holder takes to renew it.
    /// </summary>
    private async Task<bool> IsOverAsync(LeaseRecord lease, CancellationToken cancellationToken)
    {
        if (IsHeld(lease, Now) && lease.RenewedAt < Now + Skew) return false;
        TimeSpan patience = lease.Duration < Renewal + Skew ? lease.Duration : Renewal + Skew;
        await Task.Delay(patience, _run.Context.Time, cancellationToken).ConfigureAwait(false);
        LeaseRecord? again = await _rollout.ReadLeaseAsync(lease.Name, cancellationToken).ConfigureAwait(false);
        return again is null || again.Version == lease.Version;
    }

    private async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Renewal, _run.Context.Time, _stop.Token).ConfigureAwait(false);
                await RenewOnceAsync().ConfigureAwait(false);
                if (IsLost) return;
            }
        }
        catch (OperationCanceledException) { }
    }

    private async Task RenewOnceAsync()
    {
        try
        {
            LeaseRecord? renewed = await _rollout.WriteLeaseAsync(_run, _lease! with { RenewedAt = Now }, _stop.Token)
                .ConfigureAwait(false);
            if (renewed is not null)
            {
                _lease = renewed;
                return;
            }
            LeaseRecord? found = await _rollout.ReadLeaseAsync(_lease!.Name, _stop.Token).ConfigureAwait(false);
            if (found?.Holder == Holder) _lease = found;
            else
            {
                IsLost = true;
                NotHeld = $"The Lease {_lease.Name} is not ours any more: {found?.Holder ?? "somebody"} has it.";
                _run.Context.Reporter.Warning(NotHeld);
            }
        }
        // It holds a while longer; the next time may do.
        catch (OpsException e) { _run.Context.Reporter.Verbose(e.Message); }
    }

    private OpsException UnderWay(LeaseRecord lease) => RolloutErrors.RolloutUnderWay.Make($"{_service} is left as it is: {Words(lease)}",
        $"Wait for its end. Where its machine is gone for good, it is free {DurationText.Show(lease.Duration)} after the last renewal "
            + $"({lease.RenewedAt?.UtcDateTime:HH:mm:ss} UTC).", _service);
}
