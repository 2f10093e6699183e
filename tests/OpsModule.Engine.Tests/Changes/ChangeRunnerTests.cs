using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Changes;

public sealed class ChangeRunnerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_change_is_in_the_journal_before_and_after_each_step_and_its_plan_is_kept_until_the_end()
    {
        ChangeResult? result = await Runner().RunAsync(NoteChange.Plan("test.a", "a", "hello", Context), default);

        JournalEntry entry = Assert.Single(Entries());
        Assert.Equal("hello", result!.Value);
        Assert.Equal((JournalOutcome.Completed, "test.a", "a says hello"), (entry.Outcome, entry.Kind, entry.Message));
        Assert.Equal(["prepare-a", "prepare-a-done", "write-a", "write-a-done"], entry.Steps.Select(s => s.Name));
        Assert.Empty(Directory.GetFiles(_folder["state/changes"]));
        Assert.True(new Journal(Context.Environment, TimeProvider.System).Test().Passed);
    }

    [Fact]
    public async Task What_has_moved_since_the_plan_was_made_is_named_and_nothing_is_done()
    {
        ChangePlan plan = NoteChange.Plan("test.a", "a", "hello", Context);
        File.WriteAllText(_folder["note-a"], "somebody else");

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Runner().RunAsync(plan, default));

        Assert.Equal("DriftDetected", error.ErrorId);
        Assert.Contains("content of a was  and is somebody else", error.Message);
        Assert.Equal("somebody else", File.ReadAllText(_folder["note-a"]));
        Assert.Empty(Entries());
    }

    [Fact]
    public void A_whole_keeps_its_parts_out_and_parts_do_not_keep_each_other_out()
    {
        using (Context.Locks.Acquire("database/main", "Restore-OpsDatabase"))
        {
            OpsException part = Assert.Throws<OpsException>(() => Context.Locks.Acquire("database/main/tenant/demo", "Backup-OpsDatabase"));
            Assert.Equal("TargetLocked", part.ErrorId);
            Assert.Contains("Restore-OpsDatabase", part.Message);
        }
        using (Context.Locks.Acquire("database/main/tenant/demo", "Restore-OpsDatabase"))
        {
            using IDisposable other = Context.Locks.Acquire("database/main/tenant/acme", "Restore-OpsDatabase");
            OpsException whole = Assert.Throws<OpsException>(() => Context.Locks.Acquire("database/main", "Restore-OpsDatabase"));
            Assert.Contains("database/main/tenant/", whole.Message);
        }
        Context.Locks.Acquire("database/main", "Restore-OpsDatabase").Dispose();
    }

    [Fact]
    public void A_backup_of_the_whole_leaves_tenants_to_be_backed_up_and_restored_and_keeps_out_who_would_replace_the_whole()
    {
        using (Context.Locks.AcquireForReading("database/main", "Backup-OpsDatabase"))
        {
            Context.Locks.AcquireForReading("database/main/tenant/demo", "Backup-OpsDatabase").Dispose();
            Context.Locks.Acquire("database/main/tenant/demo", "Restore-OpsDatabase").Dispose();
            foreach (Func<IDisposable> other in new Func<IDisposable>[] { () => Context.Locks.AcquireForReading("database/main", "x"), () => Context.Locks.Acquire("database/main", "x") })
            {
                OpsException error = Assert.Throws<OpsException>(other);
                Assert.Equal(("TargetLocked", "database/main"), (error.ErrorId, error.Target));
                Assert.StartsWith("Backup-OpsDatabase of ", error.Message);
            }
        }
        using (Context.Locks.AcquireForReading("database/main/tenant/demo", "Backup-OpsDatabase"))
            Assert.Equal("TargetLocked", Assert.Throws<OpsException>(() => Context.Locks.Acquire("database/main", "Restore-OpsDatabase")).ErrorId);
    }

    [Fact]
    public async Task When_a_part_fails_those_before_it_are_taken_back()
    {
        ChangeKind[] kinds = [NoteChange.All[0], NoteChange.All[1], new NoteChange("test.c", fails: true), NoteChange.All[3]];

        await Assert.ThrowsAsync<IOException>(() => Runner(kinds).RunAsync(NoteChange.Set(Context), default));

        Assert.Equal(("", ""), (NoteChange.Read(Context, "a"), NoteChange.Read(Context, "b")));
        // The whole, its parts, and what took two of them back.
        Assert.Equal(["Set-OpsNotes Failed", "Set-OpsNote Completed", "Set-OpsNote Completed", "Set-OpsNote Failed", "Undo-OpsChange Completed", "Undo-OpsChange Completed"],
            Entries().Select(e => $"{e.Action} {e.Outcome}"));
        Assert.Empty(Context.Journal.FindUnfinished());
    }

    /// <summary>What failed, and could not be taken back at once, can be later; and only once.</summary>
    [Fact]
    public async Task What_a_failed_change_of_parts_has_left_is_taken_back_later()
    {
        ChangeKind[] kinds = [NoteChange.All[0], NoteChange.All[1], new NoteChange("test.c", fails: true, failing: () =>
        {
            // The first note, which is taken back last, cannot be removed.
            File.Delete(_folder["note-a"]);
            Directory.CreateDirectory(_folder["note-a"]);
        }), NoteChange.All[3]];
        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => Runner(kinds).RunAsync(NoteChange.Set(Context), default));
        JournalEntry whole = Entries().Single(e => e.Action == "Set-OpsNotes");
        Assert.Contains($"Undo-OpsChange {whole.Id} takes back the rest", failed.Message);
        Assert.Equal("", NoteChange.Read(Context, "b"));
        Directory.Delete(_folder["note-a"]);
        File.WriteAllText(_folder["note-a"], "one");

        await Runner(kinds).UndoAsync(whole, default);

        Assert.Equal("", NoteChange.Read(Context, "a"));
        Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() => Runner(kinds).UndoAsync(Context.Journal.Find(whole.Id)!, default))).ErrorId);
        Assert.Empty(Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_failed_change_that_has_left_nothing_is_not_taken_back()
    {
        ChangeKind[] kinds = [NoteChange.All[0], new NoteChange("test.b", fails: true), NoteChange.All[2], NoteChange.All[3]];
        await Assert.ThrowsAsync<IOException>(() => Runner(kinds).RunAsync(NoteChange.Set(Context), default));
        foreach (JournalEntry entry in Entries().Where(e => e.Outcome == JournalOutcome.Failed))
            Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() => Runner(kinds).UndoAsync(entry, default))).ErrorId);
    }

    [Fact]
    public async Task A_change_of_parts_that_has_ended_can_be_taken_back_once()
    {
        ChangeRunner runner = Runner();
        await runner.RunAsync(NoteChange.Set(Context), default);
        Assert.Equal(("one", "two", "three"), (NoteChange.Read(Context, "a"), NoteChange.Read(Context, "b"), NoteChange.Read(Context, "c")));
        JournalEntry whole = Entries().Single(e => e.Action == "Set-OpsNotes");

        await runner.UndoAsync(whole, default);

        Assert.Equal(("", "", ""), (NoteChange.Read(Context, "a"), NoteChange.Read(Context, "b"), NoteChange.Read(Context, "c")));
        Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(Context.Journal.Find(whole.Id)!, default))).ErrorId);
    }

    [Fact]
    public async Task A_change_that_waits_is_gone_on_with_later()
    {
        DateTimeOffset due = DateTimeOffset.UtcNow.AddHours(1);
        ChangePlan plan = NoteChange.Plan("test.a", "a", "hello", Context);

        Assert.Null(await Runner(new NoteChange("test.a", waitsUntil: due)).RunAsync(plan, default));

        JournalEntry waiting = Assert.Single(Entries());
        Assert.Equal((JournalOutcome.Waiting, "it is too early"), (waiting.Outcome, waiting.Message));
        Assert.Equal(due.UtcDateTime, waiting.Due!.Value.UtcDateTime);
        Assert.Empty(Context.Journal.FindUnfinished());
        ChangeResult? result = await Runner(new NoteChange("test.a", waitsUntil: DateTimeOffset.UtcNow.AddHours(-1))).ResumeAsync(waiting, default);
        Assert.Equal("hello", result!.Value);
        Assert.Equal(JournalOutcome.Completed, Context.Journal.Find(waiting.Id)!.Outcome);
    }

    [Theory]
    [InlineData("test.nobody", 1, "web", "ChangeFromOtherVersion")]
    [InlineData("test.a", 7, "web", "ChangeFromOtherVersion")]
    [InlineData("test.a", 1, "other", "PlanOfOtherEnvironment")]
    public async Task A_plan_that_is_not_for_here_is_refused(string kind, int format, string environment, string expected)
    {
        ChangePlan plan = NoteChange.Plan("test.a", "a", "hello", Context) with { Kind = kind, Format = format, Environment = environment };

        Assert.Equal(expected, (await Assert.ThrowsAsync<OpsException>(() => Runner().RunAsync(plan, default))).ErrorId);
        Assert.Empty(Entries());
    }

    /// <summary>Else the question, and the lock, would be for one thing and the change for another.</summary>
    [Fact]
    public async Task A_plan_whose_arguments_mean_another_target_is_refused()
    {
        ChangePlan forged = NoteChange.Plan("test.a", "a", "one", Context) with { Target = "note/b" };
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(Context, NoteChange.All).RunAsync(forged, default));
        Assert.Equal("PlanInvalid", refused.ErrorId);
        Assert.Contains("note/b, and it would change note/a", refused.Message);
        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(Context, NoteChange.All).RunAsync(forged with { Arguments = new Dictionary<string, string>() }, default))).ErrorId);
        Assert.Equal("", NoteChange.Read(Context, "a"));
    }

    [Fact]
    public async Task Parts_under_another_kind_and_identities_that_were_left_out_are_refused()
    {
        ChangePlan part = NoteChange.Plan("test.b", "b", "two", Context), plan = NoteChange.Plan("test.a", "a", "one", Context);
        var runner = new ChangeRunner(Context, NoteChange.All);
        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan with { Parts = [part] }, default))).ErrorId);
        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(NoteChange.Set(Context) with { Parts = [] }, default))).ErrorId);
        Assert.Contains("is not in the plan", Assert.Single(await runner.FindDriftAsync(plan with { Identities = [] }, default)));
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan with { Identities = [] }, default))).ErrorId);
        Assert.Equal(("", ""), (NoteChange.Read(Context, "a"), NoteChange.Read(Context, "b")));
    }

    /// <summary>What is shown with a hash is what is approved: also whether it can be taken back, and as what the journal has it.</summary>
    [Fact]
    public void The_hash_tells_a_plan_that_cannot_be_taken_back_and_one_of_another_cmdlet()
    {
        ChangePlan plan = NoteChange.Plan("test.a", "a", "one", Context);
        Assert.NotEqual(plan.Hash, (plan with { Undo = null }).Hash);
        Assert.NotEqual(plan.Hash, (plan with { Action = "Get-OpsNote" }).Hash);
        Assert.Equal(plan.Hash, (plan with { Summary = "other words", Warnings = ["x"], Undo = "in other words" }).Hash);
    }

    [Fact]
    public async Task What_cannot_be_taken_back_comes_last()
    {
        ChangePlan set = NoteChange.Set(Context);
        ChangePlan wrong = set with { Parts = [set.Parts[0] with { Undo = null }, set.Parts[1]] };

        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => Runner().RunAsync(wrong, default))).ErrorId);
    }

    private OpsContext Context => OpsContextFactory.Create(new OpsEnvironment { Name = "web", Directory = _folder.Path, StateDirectory = _folder["state"] }, _reporter);

    private ChangeRunner Runner(params ChangeKind[] kinds) => new(Context, kinds.Length > 0 ? kinds : NoteChange.All);

    private IReadOnlyList<JournalEntry> Entries() => new Journal(Context.Environment, TimeProvider.System).Find(new JournalQuery(), out _);
}
