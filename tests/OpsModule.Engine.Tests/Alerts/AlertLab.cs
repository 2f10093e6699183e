using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Alerts;

/// <summary>An environment with receivers, its clock, and what the engine says.</summary>
internal sealed class AlertLab : IDisposable
{
    public const string Secret = "T0ps3cret";

    public TempFolder Folder { get; } = new();

    public RecordingReporter Reporter { get; } = new();

    public StillClock Clock { get; } = new();

    /// <summary>A context of its own, as another process would have it; all share the state folder.</summary>
    public OpsContext Context(string text)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(Folder.Write("ops.yaml", "environment: lab\n" + text));
        return OpsContextFactory.Create(load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings)), Reporter) with { Time = Clock };
    }

    /// <summary>A webhook as a reference, the way it should be written.</summary>
    public string Hook(string name, string url)
    {
        Folder.Write($"{name}.secret", url);
        return $"\"file:{name}.secret\"";
    }

    public static Alert Bad(string target = "disk /", AlertSeverity severity = AlertSeverity.Critical, string message = "It is full.") =>
        new() { Source = "disk.free", Target = target, Kind = AlertKind.Health, Severity = severity, Title = $"{target} is bad", Message = message, Remedy = "Clear it." };

    public static Alert Well(string target = "disk /") => Bad(target) with { State = AlertState.Well, Severity = AlertSeverity.Information, Title = $"{target} is well" };

    /// <summary>What became of it, by receiver.</summary>
    public static async Task<string> SendAsync(OpsContext context, Alert alert, params string[] names) =>
        string.Join(' ', (await new AlertService(context).SendAsync(alert, names.Length == 0 ? null : names, default)).Select(d => $"{d.Receiver}:{d.Outcome}"));

    public void Dispose() => Folder.Dispose();
}

/// <summary>Real time for waiting, and a date that stands where it is put.</summary>
internal sealed class StillClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
