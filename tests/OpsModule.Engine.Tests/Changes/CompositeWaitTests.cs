using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Changes;

/// <summary>A part that waits, or stays open, has not failed: the whole does the same, and is gone on with there.</summary>
public sealed class CompositeWaitTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_whole_waits_with_its_part_and_goes_on_there()
    {
        DateTimeOffset due = DateTimeOffset.UtcNow.AddHours(1);
        ChangeRunner early = Runner(new NoteChange("test.b", waitsUntil: due));

        Assert.Null(await early.RunAsync(NoteChange.Set(Context), default));

        JournalEntry whole = Context.Journal.Find(early.Latest!)!;
        Assert.Equal((JournalOutcome.Waiting, "it is too early", due.UtcDateTime), (whole.Outcome, whole.Message, whole.Due!.Value.UtcDateTime));
        Assert.Equal(["Completed", "Waiting"], Context.Journal.FindParts(whole.Id).Select(p => p.Outcome.ToString()));
        Assert.Equal(("one", "", ""), Notes());
        Assert.Empty(Context.Journal.FindUnfinished());

        ChangeResult? done = await Runner(new NoteChange("test.b")).ResumeAsync(whole, default);

        Assert.Equal("three", done!.Value);
        Assert.Equal(("one", "two", "three"), Notes());
        Assert.Equal(3, Context.Journal.FindParts(whole.Id).Count);
        Assert.Empty(Directory.GetFiles(_folder["state/changes"]));
        Assert.True(new Journal(Context.Environment, TimeProvider.System).Test().Passed);
    }

    [Fact]
    public async Task A_whole_that_waits_is_taken_back_with_all_that_was_made()
    {
        ChangeRunner runner = Runner(new NoteChange("test.b", waitsUntil: DateTimeOffset.UtcNow.AddHours(1)));
        await runner.RunAsync(NoteChange.Set(Context), default);

        await runner.UndoAsync(Context.Journal.Find(runner.Latest!)!, default);

        Assert.Equal(("", "", ""), Notes());
        Assert.Equal(JournalOutcome.Failed, Context.Journal.Find(runner.Latest!)!.Outcome);
        Assert.Empty(Context.Journal.FindUnfinished());
        Assert.Empty(Directory.GetFiles(_folder["state/changes"]));
    }

    [Fact]
    public async Task A_part_that_stays_open_leaves_the_whole_open_and_nothing_is_taken_back()
    {
        var away = new OpsException("ServerAway", OpsErrorCategory.ResourceUnavailable, "The server is away.", "Bring it back.", "b");
        ChangeRunner runner = Runner(new NoteChange("test.b", failing: () => throw ChangeRun.LeaveOpen(away)));

        OpsException told = await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(NoteChange.Set(Context), default));

        Assert.Equal(("ServerAway", "The server is away."), (told.ErrorId, told.Message));
        Assert.Equal("one", NoteChange.Read(Context, "a"));
        JournalEntry whole = Context.Journal.Find(runner.Latest!)!;
        Assert.Equal(JournalOutcome.Unfinished, whole.Outcome);
        Assert.Equal(["Completed", "Unfinished"], Context.Journal.FindParts(whole.Id).Select(p => p.Outcome.ToString()));

        await Runner(new NoteChange("test.b")).ResumeAsync(whole, default);

        Assert.Equal(("one", "two", "three"), Notes());
        Assert.Empty(Context.Journal.FindUnfinished());
    }

    private (string A, string B, string C) Notes() => (NoteChange.Read(Context, "a"), NoteChange.Read(Context, "b"), NoteChange.Read(Context, "c"));

    private OpsContext Context => OpsContextFactory.Create(new OpsEnvironment { Name = "web", Directory = _folder.Path, StateDirectory = _folder["state"] }, new RecordingReporter());

    private ChangeRunner Runner(ChangeKind second) => new(Context, [NoteChange.All[0], second, NoteChange.All[2], NoteChange.All[3]]);
}
