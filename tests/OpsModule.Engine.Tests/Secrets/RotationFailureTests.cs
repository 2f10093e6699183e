using Npgsql;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Rotations that fail: whatever fails, a value that counts is kept, and what may be gone is not taken for there.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class RotationFailureTests : LedgerTests
{
    [Fact]
    public async Task What_fails_after_the_old_value_was_dropped_is_not_taken_back_and_is_gone_on_with()
    {
        ChangePlan plan = await PlanAsync();
        Ledger.Asked = what => { if (what == "dropped") throw new InvalidOperationException("the answer was lost"); };
        var runner = new ChangeRunner(Context);

        await Assert.ThrowsAsync<InvalidOperationException>(() => runner.RunAsync(plan, default));

        Assert.Equal([InFile()], Ledger.Accepted);
        Assert.Equal(JournalOutcome.Unfinished, Latest(runner).Outcome);
        Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(Latest(runner), default))).ErrorId);
        Assert.Equal([InFile()], Ledger.Accepted);
        Ledger.Asked = _ => { };
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal(RotationOutcome.Done, Report(runner.Latest!).Outcome);
    }

    [Fact]
    public async Task A_secret_that_fails_after_another_one_has_ended_stays_open()
    {
        Ledger.Accepted.Add(Second);
        ChangePlan plan = await new RotationPlanner(Context).PlanAsync(["app", "other"], new RotationOptions(), default);
        int drops = 0;
        Ledger.Asked = what => { if (what == "drop" && ++drops == 2) throw new InvalidOperationException("not now"); };
        var runner = new ChangeRunner(Context);

        await Assert.ThrowsAsync<InvalidOperationException>(() => runner.RunAsync(plan, default));

        Assert.Equal(JournalOutcome.Unfinished, Latest(runner).Outcome);
        Assert.Contains(Second, Ledger.Accepted);
        Ledger.Asked = _ => { };
        await runner.ResumeAsync(Latest(runner), default);
        Assert.DoesNotContain(Second, Ledger.Accepted);
        Assert.Equal(2, Ledger.Accepted.Count);
    }

    [Fact]
    public async Task As_long_as_the_old_value_is_not_accepted_again_neither_is_forgotten()
    {
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(new RotationOptions { OverlapFor = TimeSpan.FromHours(1) }), default));
        Ledger.Accepted.Remove(First);
        Ledger.Asked = what => Time.Later += what == "prove" ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(Latest(runner), default));

        Assert.Equal("SecretNotProven", error.ErrorId);
        Assert.NotNull(Pending());
        Ledger.Accepted.Add(First);
        await runner.UndoAsync(Latest(runner), default);
        Assert.Equal((First, null), (InFile(), Pending()));
    }

    [Fact]
    public async Task A_use_that_somebody_wrote_meanwhile_takes_nothing_back_of_a_rotation_that_waits()
    {
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(new RotationOptions { OverlapFor = TimeSpan.FromHours(1) }), default));
        string made = InFile();
        File.WriteAllText(Folder["app.env"], "APP_KEY=by-hand\n");
        Time.Later += TimeSpan.FromHours(2);

        Assert.Equal("SecretNotWritten", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(Latest(runner), default))).ErrorId);

        Assert.Equal(("by-hand", 2), (InFile(), Ledger.Accepted.Count));
        Assert.Equal(JournalOutcome.Unfinished, Latest(runner).Outcome);
        File.WriteAllText(Folder["app.env"], $"APP_KEY={made}\n");
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal([made], Ledger.Accepted);
    }

    public static TheoryData<string, Exception> Gone { get; } = new()
    {
        { "a connection", new NpgsqlException("the stream was closed") },
        { "a shutdown", new OpsException("StatementFailed", OpsErrorCategory.InvalidOperation, "Stopped.", "Start it.", null,
            new PostgresException("terminating connection", "FATAL", "FATAL", "57P01")) },
    };

    [Theory]
    [MemberData(nameof(Gone), DisableDiscoveryEnumeration = true)]
    public async Task A_server_that_goes_away_in_the_middle_of_a_statement_leaves_it_open(string what, Exception error)
    {
        ChangePlan plan = await PlanAsync();
        Ledger.Asked = asked => { if (asked == "set") throw error; };
        var runner = new ChangeRunner(Context);

        Assert.Same(error, await Assert.ThrowsAnyAsync<Exception>(() => runner.RunAsync(plan, default)));

        Assert.True(JournalOutcome.Unfinished == Latest(runner).Outcome, what);
        Assert.NotNull(Pending());
        Ledger.Asked = _ => { };
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal([InFile()], Ledger.Accepted);
    }

    [Fact]
    public async Task A_statement_that_is_refused_is_no_server_that_is_away()
    {
        ChangePlan plan = await PlanAsync();
        Ledger.Asked = asked => { if (asked == "set") throw new PostgresException("permission denied", "ERROR", "ERROR", "42501"); };
        var runner = new ChangeRunner(Context);

        await Assert.ThrowsAsync<PostgresException>(() => runner.RunAsync(plan, default));

        Assert.Equal((First, null), (InFile(), Pending()));
        Assert.Empty(Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Where_the_new_value_takes_the_old_ones_place_no_overlap_is_promised()
    {
        Ledger.Overlaps = false;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => PlanAsync(new RotationOptions { OverlapFor = TimeSpan.FromHours(1) }));

        Assert.Equal("OverlapImpossible", error.ErrorId);
        Assert.Contains("cannot stay valid for 1 ", error.Message);
    }

    [Fact]
    public async Task Sessions_that_nobody_sees_are_said_and_the_outcome_is_not_proven()
    {
        Ledger.SeesSessions = false;

        RotationResult result = Report((await RunAsync())!.Change!);

        Assert.Equal((RotationOutcome.NotProven, "Whether sessions still run on the old value cannot be seen.", null),
            (result.Outcome, result.Words, result.OldSessions));
    }

    [Fact]
    public async Task The_last_count_of_sessions_is_told()
    {
        Ledger.Old = 3;
        var runner = new ChangeRunner(Context);
        Ledger.Asked = what => Time.Later += what == "count" ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;
        Assert.Null(await runner.RunAsync(await PlanAsync(), default));
        Assert.Equal(3, Report(runner.Latest!).OldSessions);
        Ledger.Old = 0;

        await runner.ResumeAsync(Latest(runner), default);

        Assert.Equal((RotationOutcome.Done, 0), (Report(runner.Latest!).Outcome, Report(runner.Latest!).OldSessions));
    }

    [Fact]
    public async Task A_value_that_is_handed_in_meanwhile_touches_nothing_of_a_rotation_under_way()
    {
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(new RotationOptions { OverlapFor = TimeSpan.FromHours(1) }), default));
        SecretMaterial pending = Pending()!;

        var theirs = new SecretMaterial("somebody-elses-value");
        var store = new SecretStore(Context);
        new HandedInValue(Context).Keep("app", theirs);

        Assert.Equal(pending, Pending());
        new HandedInValue(Context).Forget("app", pending);
        Assert.Equal(theirs, store.ReadHandedIn("app", store.Fingerprint(theirs)));
        new HandedInValue(Context).Forget("app", theirs);
        Assert.Equal(pending, Pending());
        Assert.Null(store.ReadHandedIn("app", store.Fingerprint(theirs)));
        foreach (string file in Directory.EnumerateFiles(Context.Environment.StateDirectory, "*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file) & (UnixFileMode)0b111_111_111);
    }

    [Fact]
    public async Task A_server_that_is_away_when_a_waiting_rotation_is_looked_at_keeps_it_waiting()
    {
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(new RotationOptions { OverlapFor = TimeSpan.FromHours(1) }), default));
        Time.Later += TimeSpan.FromHours(2);
        Ledger.Asked = what => { if (what == "count") throw Ledger.Away; };

        Assert.Null(await runner.ResumeAsync(Latest(runner), default));

        Assert.Equal(JournalOutcome.Waiting, Latest(runner).Outcome);
        Assert.Contains("The ledger is away.", Latest(runner).Message);
        Assert.True(Latest(runner).Due > Time.GetUtcNow());
        Ledger.Asked = _ => { };
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal([InFile()], Ledger.Accepted);
    }

    [Fact]
    public async Task What_a_failed_rotation_has_left_is_not_forgotten_by_the_next_one()
    {
        ChangePlan plan = await PlanAsync();
        Ledger.Asked = what =>
        {
            if (what is "take-back" || (what == "prove" && Pending() is not null)) throw new InvalidOperationException("not now");
        };
        var runner = new ChangeRunner(Context);
        await Assert.ThrowsAnyAsync<Exception>(() => runner.RunAsync(plan, default));
        Assert.Equal(JournalOutcome.Failed, Latest(runner).Outcome);
        SecretMaterial left = Pending()!;
        Assert.Contains(left.Value, Ledger.Accepted);
        Ledger.Asked = _ => { };

        OpsException refused = await Refused("app");

        Assert.Equal("RotationUnderWay", refused.ErrorId);
        Assert.Contains($"Undo-OpsChange {runner.Latest}", refused.RecommendedAction);
        Assert.Equal(left, Pending());
        Assert.Equal(SecretStatus.Unfinished, Assert.Single(await new SecretCatalog(Context).ListAsync(["app"], reads: false, default)).Status);
        await runner.UndoAsync(Latest(runner), default);
        Assert.Equal([First], Ledger.Accepted);
        await RunAsync();
    }

    [Fact]
    public async Task A_value_that_was_refused_before_is_not_made_valid_again()
    {
        Ledger.Accepted.Clear();
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(new RotationOptions { OverlapFor = TimeSpan.FromHours(1) }), default));
        string made = InFile();

        ChangeResult undone = await runner.UndoAsync(Latest(runner), default);

        Assert.Equal((First, null), (InFile(), Pending()));
        Assert.Equal([made], Ledger.Accepted);
        Assert.Equal(made, new SecretStore(Context).Read("app").Previous?.Value);
        Assert.NotNull(undone.Summary);
    }

    [Fact]
    public async Task A_rotation_that_waits_for_its_time_is_seen()
    {
        var runner = new ChangeRunner(Context);
        var later = new RotationOptions { NotBefore = Time.GetUtcNow().AddHours(3) };
        Assert.Null(await runner.RunAsync(await PlanAsync(later), default));

        SecretRecord record = Assert.Single(await new SecretCatalog(Context).ListAsync(["app"], reads: false, default));

        Assert.Equal((SecretStatus.Waiting, runner.Latest), (record.Status, record.Change));
        Assert.Equal("RotationUnderWay", (await Refused("app")).ErrorId);
        Time.Later += TimeSpan.FromHours(4);
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal([InFile()], Ledger.Accepted);
    }
}
