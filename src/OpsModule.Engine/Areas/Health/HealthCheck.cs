using System.Threading.Channels;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

/// <summary>One thing to look at, which may give several results: all that one connection to a database tells, for example.</summary>
/// <param name="Check">The check that is to blame when nothing is found out.</param>
/// <param name="Target">What is looked at.</param>
/// <param name="Body">Looks.</param>
internal sealed record HealthCheck(string Check, string Target, Func<HealthReport, CancellationToken, Task> Body)
{
    /// <summary>Every check it may report.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [Check];

    /// <summary>The services it belongs to.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>Its own time limit; null for the usual one.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The database whose connection it shares with others, and waits its turn for; null when it stands alone.</summary>
    public DatabaseLane? Lane { get; init; }

    /// <summary>True when it tells how a server or a service is that others need: what follows from its answer waits for it.</summary>
    public bool IsNeededByOthers { get; init; }

    /// <summary>True when it may block a thread, as a file system of a dead server does.</summary>
    public bool Blocks { get; init; }

    /// <summary>
    /// What it means when there is no answer in time: what serves others is not well, and where somebody was only asked of it, nothing is
    /// known; null where another check has said so already.
    /// </summary>
    public Func<HealthStatus?> TimeoutStatus { get; init; } = () => HealthStatus.Unhealthy;

    /// <summary>What to do when it gives no answer in time.</summary>
    public string TimeoutRemedy { get; init; } = "Is the address right, does a firewall let it through, and does the server still work?";
}

/// <summary>Takes the results of one check as they come, until it is closed.</summary>
internal sealed class HealthReport(HealthCheck check, OpsContext context, Func<string, bool> wanted, ChannelWriter<HealthResult> results)
{
    private readonly object _gate = new();
    private readonly HashSet<string> _told = [];
    private bool _closed;

    /// <summary>The check under way, which is to blame when it goes wrong.</summary>
    public string Check { get; set; } = check.Check;

    /// <summary>What the next results are about.</summary>
    public string Target { get; set; } = check.Target;

    /// <summary>What it waits for, for when it waits in vain: <c>took the connection and never answered</c>.</summary>
    public string Waiting { get; set; } = "gave no answer";

    /// <summary>Sets <see cref="Waiting"/>.</summary>
    public void Await(string what) => Waiting = what;

    /// <summary>The time.</summary>
    public DateTimeOffset Now => context.Time.GetUtcNow();

    /// <summary>The environment's levels of a figure.</summary>
    public Limits LimitsOf(string figure) => Limits.Of(context.Environment, figure);

    /// <summary>True when somebody wants to know of this check.</summary>
    public bool Wants(string name) => wanted(name);

    /// <summary>Reports a figure, judged by its levels.</summary>
    public void Measured(string figure, double value, string message, string remedy, TimeSpan? latency = null) =>
        Measured(figure, LimitsOf(figure), value, message, remedy, latency);

    /// <summary>Reports a value, judged by these levels.</summary>
    public void Measured(string name, Limits limits, double value, string message, string remedy, TimeSpan? latency = null) =>
        Add(name, limits.Judge(value), limits.Tell(value, message), remedy, latency,
            result => result with { Value = LevelText.Show(value, limits.Unit), Number = value, Unit = limits.Unit,
                Threshold = limits.Text });

    /// <summary>Reports the check under way.</summary>
    public void Said(HealthStatus status, string message, string remedy = "", TimeSpan? latency = null, string? value = null) =>
        Add(Check, status, message, remedy, latency, result => result with { Value = value });

    /// <summary>Reports the check under way together with a figure, where more than that decides how well it is.</summary>
    public void Said(HealthStatus status, string message, string remedy, Limits limits, double figure) => Add(Check, status, message,
        remedy, null,
        result => result with { Value = LevelText.Show(figure, limits.Unit), Number = figure, Unit = limits.Unit,
            Threshold = limits.Text });

    /// <summary>
    /// Reports what keeps the check from finding out. Where nobody asked for the check under way, one that was asked for, and is not told
    /// of yet, says it: no answer would look like nothing to tell.
    /// </summary>
    public void Failed(HealthStatus status, string message, string remedy)
    {
        lock (_gate)
            if (!wanted(Check) && check.Checks.FirstOrDefault(c => wanted(c) && !_told.Contains(c)) is { } asked) Check = asked;
        Said(status, message, remedy);
    }

    /// <summary>Takes no more: what a check finds after its time is up counts no longer.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
    }

    private void Add(string name, HealthStatus status, string message, string remedy, TimeSpan? latency, Func<HealthResult, HealthResult> more)
    {
        if (!wanted(name)) return;
        HealthResult result = more(new HealthResult
        {
            Check = name,
            Target = Target,
            Status = status,
            Message = message,
            Remedy = status == HealthStatus.Healthy ? "" : remedy,
            Runbook = status == HealthStatus.Healthy ? null : context.Environment.RunbookOf(name, Target),
            Latency = latency,
            Environment = context.Environment.Name,
            Time = Now,
        });
        lock (_gate)
        {
            _told.Add(name);
            if (!_closed) results.TryWrite(result);
        }
    }
}
