using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Changes;

/// <summary>A throw-away kind of change: it writes a line to a file, in two steps, and can take it away again.</summary>
internal sealed class NoteChange(string name, bool fails = false, DateTimeOffset? waitsUntil = null, Action? failing = null) : ChangeKind
{
    /// <summary>The three kinds that a change of parts is made of in the tests, and the kind of the whole.</summary>
    public static readonly IReadOnlyList<ChangeKind> All = [new NoteChange("test.a"), new NoteChange("test.b"), new NoteChange("test.c"), new NoteChange("test.set")];

    public override string Name => name;

    /// <summary>A plan of one of them, for a file of the environment's folder.</summary>
    public static ChangePlan Plan(string kind, string file, string text, OpsContext context) => new()
    {
        Environment = context.Environment.Name, Kind = kind, Action = "Set-OpsNote", Target = "note/" + file, Summary = $"Write {text} into {file}",
        Arguments = new Dictionary<string, string> { ["file"] = file, ["text"] = text }, Undo = "the line is taken away again",
        Steps = [new PlannedStep("prepare-" + file, "Make the file."), new PlannedStep("write-" + file, "Write the line.")],
        Identities = [new PlanIdentity("content of " + file, Read(context, file))], PlannedAt = context.Time.GetUtcNow(),
    };

    /// <summary>Three notes as one change.</summary>
    public static ChangePlan Set(OpsContext context) => new()
    {
        Environment = context.Environment.Name, Kind = "test.set", Action = "Set-OpsNotes", Target = "notes/all", Summary = "Write three notes", PlannedAt = context.Time.GetUtcNow(),
        Parts = [Plan("test.a", "a", "one", context), Plan("test.b", "b", "two", context), Plan("test.c", "c", "three", context)], Undo = "they are taken away again",
    };

    public static string Read(OpsContext context, string file) => File.Exists(PathOf(context, file)) ? File.ReadAllText(PathOf(context, file)) : "";

    public override bool IsOfParts => name == "test.set";

    public override string TargetOf(ChangePlan plan) => name == "test.set" ? "notes/all" : "note/" + plan.Arguments["file"];

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PlanIdentity>>([new PlanIdentity("content of " + plan.Arguments["file"], Read(context, plan.Arguments["file"]))]);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        (string file, string text) = (run.Plan.Arguments["file"], run.Plan.Arguments["text"]);
        string path = PathOf(run.Context, file);
        await run.StepAsync("prepare-" + file, () => Task.Run(() => File.AppendAllText(path, ""), cancellationToken));
        if (waitsUntil is { } until) run.WaitUntil(until, "it is too early");
        failing?.Invoke();
        if (failing is not null) throw new OpsException("NoteRefused", OpsErrorCategory.WriteError, "The note is refused.", "Write another one.", file);
        if (fails) throw new IOException("the disk is full");
        // Called once more after a kill, it must find out whether the line is there.
        await run.StepAsync("write-" + file, () => Task.Run(() => { if (!File.ReadAllText(path).Contains(text)) File.AppendAllText(path, text); }, cancellationToken));
        return new ChangeResult($"{file} says {text}", File.ReadAllText(path));
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string file = run.Plan.Arguments["file"];
        await run.StepAsync("remove-" + file, () => Task.Run(() => File.Delete(PathOf(run.Context, file)), cancellationToken));
        return new ChangeResult($"{file} is gone");
    }

    private static string PathOf(OpsContext context, string file) => Path.Combine(context.Environment.Directory, "note-" + file);
}
