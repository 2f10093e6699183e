using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Forwarding;

/// <summary>An environment whose journal is sent somewhere, and what the engine says.</summary>
internal sealed class ForwardLab : IDisposable
{
    public TempFolder Folder { get; } = new();

    public RecordingReporter Reporter { get; } = new();

    public string State => Folder[".ops"];

    /// <summary>A context of its own, as another process would have it; all share the state folder.</summary>
    public OpsContext Context(string forward, string more = "")
    {
        EnvironmentLoad load = EnvironmentLoader.Load(Folder.Write("ops.yaml", $"environment: web\njournal: {{ forward: [ {forward} ] }}\n{more}"));
        return OpsContextFactory.Create(load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings)), Reporter);
    }

    /// <summary>Makes one change.</summary>
    public static async Task<string> MakeAsync(OpsContext context, string target, string? failure = null)
    {
        await using IJournaledChange change = await context.Journal.BeginAsync("Restore-OpsDatabase", target, new Dictionary<string, string> { ["password"] = "hunter2-hunter2", ["schema"] = "a" });
        await change.StepAsync("staged");
        if (failure is null) await change.CompleteAsync("done");
        else await change.FailAsync("RestoreFailed", failure);
        return change.Id;
    }

    public void Dispose() => Folder.Dispose();
}
