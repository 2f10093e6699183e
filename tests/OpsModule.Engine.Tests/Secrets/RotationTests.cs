using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>The order of a rotation, with a driver of the tests and real files.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class RotationTests : LedgerTests
{
    [Fact]
    public async Task The_new_value_is_set_proven_and_written_and_the_old_one_dropped_and_refused()
    {
        ChangeResult? done = await RunAsync();

        Assert.Equal([InFile()], Ledger.Accepted);
        RotationResult result = Report(done!.Change!);
        Assert.Equal((RotationOutcome.Done, 0d, 0), (result.Outcome, result.GapSeconds, result.OldSessions));
        Assert.Contains("the ledger took it (this machine)", result.Proofs);
        Assert.Contains("the ledger refused it (this machine)", result.Proofs);
        SecretRecord record = Assert.Single(await new SecretCatalog(Context).ListAsync(["app"], reads: true, default));
        Assert.Equal((SecretStatus.Fine, result.Fingerprint, "app.env#APP_KEY"), (record.Status, record.Fingerprint, Assert.Single(record.Uses)));
        Assert.Empty(new SecretCatalog(Context).FindDue(_ => { }));
        Time.Later = TimeSpan.FromDays(31);
        Assert.Equal(SecretStatus.Overdue, Assert.Single(await new SecretCatalog(Context).ListAsync(["app"], reads: false, default)).Status);
        Assert.Equal(["app"], new SecretCatalog(Context).FindDue(_ => { }));
    }

    [Fact]
    public async Task A_value_that_is_not_accepted_in_time_is_taken_back_and_the_old_one_stays()
    {
        ChangePlan plan = await PlanAsync();
        Ledger.IsDeaf = true;
        Ledger.Asked = what => Time.Later += what == "prove" && Pending() is not null ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(Context).RunAsync(plan, default));

        Assert.Equal("SecretNotProven", error.ErrorId);
        Assert.Contains("the ledger refused it", error.Message);
        Assert.Equal((First, null), (InFile(), Pending()));
        Assert.Equal([First], Ledger.Accepted);
        Assert.Empty(Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_server_that_went_away_between_set_and_prove_leaves_it_open_and_it_is_gone_on_with()
    {
        bool away = false;
        Ledger.Asked = what =>
        {
            if (what == "set") away = true;
            if (!away || what != "prove") return;
            Time.Later += TimeSpan.FromMinutes(1);
            throw Ledger.Away;
        };
        ChangePlan plan = await PlanAsync();
        var runner = new ChangeRunner(Context);

        Assert.Equal("LedgerAway", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);

        Assert.Equal(First, InFile());
        Assert.Contains(First, Ledger.Accepted);
        Assert.Equal(JournalOutcome.Unfinished, Context.Journal.Find(runner.Latest!)!.Outcome);
        Assert.Equal("RotationUnderWay", (await Assert.ThrowsAsync<OpsException>(PlanAwake)).ErrorId);
        Ledger.Asked = _ => { };
        await runner.ResumeAsync(Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal([InFile()], Ledger.Accepted);

        async Task PlanAwake()
        {
            Ledger.Asked = _ => { };
            await PlanAsync();
        }
    }

    [Fact]
    public async Task Sessions_on_the_old_value_are_waited_for_and_then_it_is_dropped()
    {
        Ledger.Old = 2;
        Ledger.Asked = what => Time.Later += what == "count" ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;
        var runner = new ChangeRunner(Context);

        Assert.Null(await runner.RunAsync(await PlanAsync(), default));

        RotationResult waiting = Report(runner.Latest!);
        Assert.Equal((RotationOutcome.Waiting, 2), (waiting.Outcome, waiting.OldSessions));
        Assert.Contains("2 of app from 10.0.0.5", waiting.Words);
        Assert.NotNull(waiting.Due);
        Assert.Contains(First, Ledger.Accepted);
        Ledger.Old = 0;
        await runner.ResumeAsync(Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal([InFile()], Ledger.Accepted);
        Assert.Equal(RotationOutcome.Done, Report(runner.Latest!).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_old_value_that_caches_accept_still_is_waited_for_and_an_error_after_an_hour(bool isForgotten)
    {
        Ledger.IsCached = true;
        Ledger.Asked = what => Time.Later += what == "refuse" ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
        var runner = new ChangeRunner(Context);

        Assert.Null(await runner.RunAsync(await PlanAsync(), default));

        RotationResult waiting = Report(runner.Latest!);
        Assert.Equal(RotationOutcome.Waiting, waiting.Outcome);
        Assert.Contains("not refused yet: the ledger took it", waiting.Words);
        Assert.NotNull(waiting.Due);
        JournalEntry entry = Context.Journal.Find(runner.Latest!)!;
        if (isForgotten)
        {
            Ledger.Accepted.Remove(First);
            await runner.ResumeAsync(entry, default);
            Assert.Equal(RotationOutcome.Done, Report(entry.Id).Outcome);
            return;
        }
        Time.Later += TimeSpan.FromHours(1);
        Assert.Equal("SecretStillAccepted", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(entry, default))).ErrorId);
        Assert.Equal(RotationOutcome.Unfinished, Report(entry.Id).Outcome);
    }

    [Fact]
    public async Task What_a_killed_run_has_left_beside_a_file_that_was_not_written_goes_when_it_is_taken_back()
    {
        ChangePlan plan = await PlanAsync();
        string left = Folder[$".app.env.{Guid.NewGuid():N}.tmp"];
        Ledger.IsDeaf = true;
        Ledger.Asked = what =>
        {
            if (what == "set") File.WriteAllText(left, "APP_KEY=plain");
            Time.Later += what == "prove" && Pending() is not null ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
        };

        await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(Context).RunAsync(plan, default));

        Assert.False(File.Exists(left));
        Assert.Equal(First, InFile());
    }

    [Fact]
    public async Task A_drop_that_fails_half_way_leaves_it_open_and_never_goes_back_to_what_was_dropped()
    {
        Ledger.Asked = what =>
        {
            if (what != "drop") return;
            Ledger.Accepted.Remove(First);
            throw new OpsException("LedgerRefused", OpsErrorCategory.InvalidOperation, "The ledger dropped it, and then refused.", "Ask again.");
        };
        var runner = new ChangeRunner(Context);
        ChangePlan plan = await PlanAsync();
        Assert.Equal("LedgerRefused", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);

        Assert.Equal([InFile()], Ledger.Accepted);
        Assert.Equal(RotationOutcome.Unfinished, Report(runner.Latest!).Outcome);
        Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() =>
            runner.UndoAsync(Context.Journal.Find(runner.Latest!)!, default))).ErrorId);
        Ledger.Asked = _ => { };
        await runner.ResumeAsync(Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal((RotationOutcome.Done, 1), (Report(runner.Latest!).Outcome, Ledger.Accepted.Count));
    }

    [Fact]
    public async Task What_could_not_be_taken_back_is_not_said_to_be()
    {
        Ledger.IsDeaf = true;
        Ledger.Asked = what =>
        {
            if (what == "set") Ledger.Accepted.Clear();
            Time.Later += what == "prove" && Pending() is not null ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
        };
        var runner = new ChangeRunner(Context);
        ChangePlan plan = await PlanAsync();
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default));
        Assert.Equal("SecretNotProven", error.ErrorId);
        Assert.Contains("it was not seen accepted", error.Message);
        Assert.Equal(RotationOutcome.Unfinished, Report(runner.Latest!).Outcome);
        Assert.NotNull(Pending());

        Ledger.Accepted.Add(First);
        await runner.UndoAsync(Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal((First, null), (InFile(), Pending()));
    }

    [Fact]
    public async Task An_overlap_lasts_as_long_as_was_asked_and_until_then_all_is_taken_back()
    {
        var runner = new ChangeRunner(Context);
        var options = new RotationOptions { OverlapFor = TimeSpan.FromHours(1) };
        Assert.Null(await runner.RunAsync(await PlanAsync(options), default));
        Assert.Equal(2, Ledger.Accepted.Count);

        await runner.UndoAsync(Context.Journal.Find(runner.Latest!)!, default);

        Assert.Equal([First], Ledger.Accepted);
        Assert.Equal((First, null), (InFile(), Pending()));
        Assert.Null(await runner.RunAsync(await PlanAsync(options), default));
        Time.Later += TimeSpan.FromHours(2);
        await runner.ResumeAsync(Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal([InFile()], Ledger.Accepted);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(Context.Journal.Find(runner.Latest!)!, default));
        Assert.Equal("ChangeNotUndoable", error.ErrorId);
    }

    [Fact]
    public async Task What_only_people_can_disable_waits_until_somebody_says_that_it_is_done()
    {
        Ledger.ByHand = "Disable the old key in the other house";
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(), default));
        Assert.Contains("Disable the old key in the other house, then run Complete-OpsSecretRotation app", Report(runner.Latest!).Words);
        Assert.Equal("RotationNotWaiting", Assert.Throws<OpsException>(() => new ByHandCompletion(Context).Find("other")).ErrorId);
        Ledger.Accepted.Remove(First);

        await new ByHandCompletion(Context).CompleteAsync("app", default);

        Assert.Equal(RotationOutcome.Done, Report(runner.Latest!).Outcome);
        Assert.Null(Pending());
    }

    [Fact]
    public async Task A_refusal_of_whoever_asks_proves_nothing_of_the_old_value()
    {
        Ledger.ByHand = "Disable the old key in the other house";
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(), default));
        string made = InFile();
        // A firewall that lets nobody from here in.
        Ledger.Accepted.Clear();
        Ledger.Asked = what => Time.Later += what is "prove" ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;

        await new ByHandCompletion(Context).CompleteAsync("app", default);

        Assert.Equal(RotationOutcome.Waiting, Report(runner.Latest!).Outcome);
        Assert.Contains("which proves nothing", Report(runner.Latest!).Words);
        Ledger.Accepted.Add(made);
        Time.Later += TimeSpan.FromMinutes(10);
        await runner.ResumeAsync(Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal(RotationOutcome.Done, Report(runner.Latest!).Outcome);
    }

    [Fact]
    public async Task It_begins_not_before_its_time_and_then_only_as_planned()
    {
        var runner = new ChangeRunner(Context);
        var options = new RotationOptions { NotBefore = Time.GetUtcNow().AddHours(3) };
        Assert.Null(await runner.RunAsync(await PlanAsync(options), default));
        Assert.Equal((First, 1), (InFile(), Ledger.Accepted.Count));
        File.WriteAllText(Folder["app.env"], "APP_KEY=somebody-elses\n");
        Ledger.Accepted.Add("somebody-elses");
        Time.Later += TimeSpan.FromHours(4);

        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(Context.Journal.Find(runner.Latest!)!, default))).ErrorId);

        Assert.Equal("somebody-elses", InFile());
    }

    [Theory]
    [InlineData("kept-now", "kept-now")]
    [InlineData("kept-next", "kept-next")]
    [InlineData("kept-before", "kept-before")]
    [InlineData("kept-next kept-now", "kept-now")]
    [InlineData("kept-before kept-next", "kept-next")]
    [InlineData("first-value kept-now", "first-value")]
    public async Task Where_the_uses_are_not_accepted_current_pending_and_previous_are_tried_in_that_order(string accepted, string taken)
    {
        new SecretStore(Context).Write(new KeptSecret
        {
            Name = "app", Current = new SecretMaterial("kept-now"), Pending = new SecretMaterial("kept-next"),
            Previous = new SecretMaterial("kept-before"),
        });
        Ledger.Accepted.Clear();
        Ledger.Accepted.UnionWith(accepted.Split(' '));

        ChangePlan plan = await PlanAsync();

        string print = new SecretStore(Context).Fingerprint(new SecretMaterial(taken));
        Assert.Contains(plan.Figures, f => f.Name == "value of app" && f.Value == print);
        Assert.Equal(taken != First, plan.Warnings.Any(w => w.Contains("was not seen accepted (the ledger refused it)")));
        // From there it is rotated as ever: what was accepted is dropped, and the uses hold the new one.
        await new ChangeRunner(Context).RunAsync(plan, default);
        Assert.Contains(InFile(), Ledger.Accepted);
        Assert.DoesNotContain(taken, Ledger.Accepted);
    }

    [Fact]
    public async Task A_value_that_was_handed_in_is_taken_from_the_state_folder_and_stands_in_no_plan()
    {
        var material = new SecretMaterial("handed-in-by-somebody");
        ChangePlan plan = await PlanAsync(new RotationOptions { HandedIn = material });
        Assert.DoesNotContain(material.Value, System.Text.Encoding.UTF8.GetString(PlanFile.Write(plan)));
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(Context).RunAsync(plan, default))).ErrorId);
        new HandedInValue(Context).Keep("app", material);

        await new ChangeRunner(Context).RunAsync(plan, default);

        Assert.Equal(material.Value, InFile());
        var store = new SecretStore(Context);
        Assert.Null(store.ReadHandedIn("app", store.Fingerprint(material)));
    }

    [Fact]
    public async Task What_is_wrong_is_named_before_anything_is_done()
    {
        Assert.Contains("Did you mean app?", (await Refused("ap")).Message);
        File.WriteAllText(Folder["app.env"], "OTHER=1\n");
        Assert.Equal("SecretWithoutUse", (await Refused("app")).ErrorId);
        File.WriteAllText(Folder["app.env"], "APP_KEY=first-value\n");
        File.WriteAllText(Folder["other.env"], $"COPY={First}\n");
        OpsException elsewhere = await Refused("app");
        Assert.Equal("SecretUsedElsewhere", elsewhere.ErrorId);
        Assert.Contains("other.env", elsewhere.Message);
    }
}
