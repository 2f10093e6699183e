using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Waiting;

/// <summary>Ctrl+C in a rotation: what is made stays, and what is said of it is so, whichever part was at work.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class StoppedRotationTests : LedgerTests
{
    private readonly RecordingReporter _reporter = new();

    private OpsContext Heard => Context with { Reporter = _reporter, Journal = new Journal(Context.Environment, Time, _reporter) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_a_service_is_built_or_restarted_it_stays_open_and_can_go_both_ways(bool isTakenBack)
    {
        using var stop = new CancellationTokenSource();
        var part = new StoppedPart { Works = stop.Cancel };
        ChangePlan plan = await PlanAsync();
        plan = plan with { Parts = [plan.Parts[0], StoppedPart.Plan(plan), plan.Parts[1]] };
        var runner = new ChangeRunner(Heard, [.. ChangeKind.Registered, part]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runner.RunAsync(plan, stop.Token));

        Assert.NotEqual(First, InFile());
        Assert.Equal(2, Ledger.Accepted.Count);
        Assert.Equal(JournalOutcome.Unfinished, Latest(runner).Outcome);
        Assert.Equal(["Completed", "Unfinished"], Context.Journal.FindParts(runner.Latest!).Select(p => p.Outcome.ToString()));
        string said = Assert.Single(_reporter.Warnings);
        Assert.Contains($"what it has made so far stays: Resume-OpsChange {runner.Latest} goes on with it, and Undo-OpsChange "
            + $"{runner.Latest} takes it back", said);
        part.Works = () => { };
        if (isTakenBack)
        {
            await runner.UndoAsync(Latest(runner), default);
            Assert.Equal((First, null), (InFile(), Pending()));
            Assert.Equal([First], Ledger.Accepted);
        }
        else
        {
            await runner.ResumeAsync(Latest(runner), default);
            Assert.Equal([InFile()], Ledger.Accepted);
        }
        Assert.Empty(Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Once_the_old_value_is_dropped_nobody_is_told_that_it_can_be_taken_back()
    {
        using var stop = new CancellationTokenSource();
        ChangePlan plan = await PlanAsync();
        Ledger.Asked = what =>
        {
            if (what != "dropped") return;
            stop.Cancel();
            stop.Token.ThrowIfCancellationRequested();
        };
        var runner = new ChangeRunner(Heard);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runner.RunAsync(plan, stop.Token));

        string said = Assert.Single(_reporter.Warnings);
        Assert.Contains("the old value of app is dropped, or may be", said);
        Assert.Contains($"Resume-OpsChange {runner.Latest}", said);
        Assert.DoesNotContain("Undo-OpsChange", said);
        Ledger.Asked = _ => { };
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal([InFile()], Ledger.Accepted);
    }

    /// <summary>What ended by itself, with nobody who stopped it, is a failure: it is taken back, and that is what is said.</summary>
    [Fact]
    public async Task What_ends_so_by_itself_is_taken_back_and_said_to_be()
    {
        var part = new StoppedPart { Works = () => throw new OperationCanceledException() };
        ChangePlan plan = await PlanAsync();
        plan = plan with { Parts = [plan.Parts[0], StoppedPart.Plan(plan), plan.Parts[1]] };
        var runner = new ChangeRunner(Heard, [.. ChangeKind.Registered, part]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runner.RunAsync(plan, default));

        Assert.Equal((First, JournalOutcome.Cancelled), (InFile(), Latest(runner).Outcome));
        Assert.Equal([First], Ledger.Accepted);
        Assert.Contains("what it had made was taken back", _reporter.Warnings[^1]);
        Assert.DoesNotContain(_reporter.Warnings, w => w.Contains("Resume-OpsChange"));
    }

    /// <summary>A part like a build or a restart, which knows nothing of rotations and ends as it may when it is stopped.</summary>
    private sealed class StoppedPart : ChangeKind
    {
        public Action Works { get; set; } = () => { };

        public override string Name => "test.stopped";

        public static ChangePlan Plan(ChangePlan like) => new()
        {
            Environment = like.Environment, Kind = "test.stopped", Action = like.Action, Target = "service/api",
            Summary = "Build api", Undo = "it is as before",
        };

        public override string TargetOf(ChangePlan plan) => "service/api";

        public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
            CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

        public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
        {
            await run.StepAsync("build", () =>
            {
                Works();
                cancellationToken.ThrowIfCancellationRequested();
                return Task.CompletedTask;
            });
            return new ChangeResult("built");
        }

        public override Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken) =>
            Task.FromResult(new ChangeResult("as before"));
    }
}
