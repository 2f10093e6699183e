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
public sealed class RotationTests : IDisposable
{
    private const string First = "first-value";

    private readonly TempFolder _folder = new();
    private readonly Ledger _ledger = new();
    private readonly ShiftedTime _time = new();
    private readonly IReadOnlyDictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>> _drivers = SecretDrivers.All;
    private readonly OpsContext _context;

    public RotationTests()
    {
        SecretDrivers.All = new Dictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>>(_drivers) { [SecretKind.Random] = (_, _) => _ledger };
        File.WriteAllText(_folder["ops.yaml"], """
            environment: lab
            secrets: { app: { random: {}, every: 30d, uses: [ { file: app.env, key: APP_KEY } ] } }
            """);
        File.WriteAllText(_folder["app.env"], $"APP_KEY={First}\n");
        _ledger.Accepted.Add(First);
        OpsContext loaded = KilledLab.ContextOf(_folder.Path);
        _context = loaded with { Time = _time, Journal = new Journal(loaded.Environment, _time) };
    }

    public void Dispose()
    {
        SecretDrivers.All = _drivers;
        _context.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_new_value_is_set_proven_and_written_and_the_old_one_dropped_and_refused()
    {
        ChangeResult? done = await RunAsync();

        Assert.Equal([InFile()], _ledger.Accepted);
        RotationResult result = Report(done!.Change!);
        Assert.Equal((RotationOutcome.Done, 0d, 0), (result.Outcome, result.GapSeconds, result.OldSessions));
        Assert.Contains("the ledger took it (this machine)", result.Proofs);
        Assert.Contains("the ledger refused it (this machine)", result.Proofs);
        SecretRecord record = Assert.Single(await new SecretCatalog(_context).ListAsync(["app"], reads: true, default));
        Assert.Equal((SecretStatus.Fine, result.Fingerprint, "app.env#APP_KEY"), (record.Status, record.Fingerprint, Assert.Single(record.Uses)));
        _time.Later = TimeSpan.FromDays(31);
        Assert.Equal(SecretStatus.Overdue, Assert.Single(await new SecretCatalog(_context).ListAsync(["app"], reads: false, default)).Status);
        Assert.Equal(["app"], new SecretCatalog(_context).FindDue(_ => { }));
    }

    [Fact]
    public async Task A_value_that_is_not_accepted_in_time_is_taken_back_and_the_old_one_stays()
    {
        ChangePlan plan = await PlanAsync();
        _ledger.IsDeaf = true;
        _ledger.Asked = what => _time.Later += what == "prove" && Pending() is not null ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default));

        Assert.Equal("SecretNotProven", error.ErrorId);
        Assert.Contains("the ledger refused it", error.Message);
        Assert.Equal((First, null), (InFile(), Pending()));
        Assert.Equal([First], _ledger.Accepted);
        Assert.Empty(_context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_server_that_went_away_between_set_and_prove_leaves_it_open_and_it_is_gone_on_with()
    {
        bool away = false;
        _ledger.Asked = what =>
        {
            if (what == "set") away = true;
            if (!away || what != "prove") return;
            _time.Later += TimeSpan.FromMinutes(1);
            throw Ledger.Away;
        };
        ChangePlan plan = await PlanAsync();
        var runner = new ChangeRunner(_context);

        Assert.Equal("LedgerAway", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);

        Assert.Equal(First, InFile());
        Assert.Contains(First, _ledger.Accepted);
        Assert.Equal(JournalOutcome.Unfinished, _context.Journal.Find(runner.Latest!)!.Outcome);
        Assert.Equal("RotationUnderWay", (await Assert.ThrowsAsync<OpsException>(PlanAwake)).ErrorId);
        _ledger.Asked = _ => { };
        await runner.ResumeAsync(_context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal([InFile()], _ledger.Accepted);

        async Task PlanAwake()
        {
            _ledger.Asked = _ => { };
            await PlanAsync();
        }
    }

    [Fact]
    public async Task Sessions_on_the_old_value_are_waited_for_and_then_it_is_dropped()
    {
        _ledger.Old = 2;
        _ledger.Asked = what => _time.Later += what == "count" ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;
        var runner = new ChangeRunner(_context);

        Assert.Null(await runner.RunAsync(await PlanAsync(), default));

        RotationResult waiting = Report(runner.Latest!);
        Assert.Equal((RotationOutcome.Waiting, 2), (waiting.Outcome, waiting.OldSessions));
        Assert.Contains("2 of app from 10.0.0.5", waiting.Words);
        Assert.NotNull(waiting.Due);
        Assert.Contains(First, _ledger.Accepted);
        _ledger.Old = 0;
        await runner.ResumeAsync(_context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal([InFile()], _ledger.Accepted);
        Assert.Equal(RotationOutcome.Done, Report(runner.Latest!).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_old_value_that_caches_accept_still_is_waited_for_and_an_error_after_an_hour(bool isForgotten)
    {
        _ledger.IsCached = true;
        _ledger.Asked = what => _time.Later += what == "refuse" ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
        var runner = new ChangeRunner(_context);

        Assert.Null(await runner.RunAsync(await PlanAsync(), default));

        RotationResult waiting = Report(runner.Latest!);
        Assert.Equal(RotationOutcome.Waiting, waiting.Outcome);
        Assert.Contains("not refused yet: the ledger took it", waiting.Words);
        Assert.NotNull(waiting.Due);
        JournalEntry entry = _context.Journal.Find(runner.Latest!)!;
        if (isForgotten)
        {
            _ledger.Accepted.Remove(First);
            await runner.ResumeAsync(entry, default);
            Assert.Equal(RotationOutcome.Done, Report(entry.Id).Outcome);
            return;
        }
        _time.Later += TimeSpan.FromHours(1);
        Assert.Equal("SecretStillAccepted", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(entry, default))).ErrorId);
        Assert.Equal(RotationOutcome.Unfinished, Report(entry.Id).Outcome);
    }

    [Fact]
    public async Task What_a_killed_run_has_left_beside_a_file_that_was_not_written_goes_when_it_is_taken_back()
    {
        ChangePlan plan = await PlanAsync();
        string left = _folder[$".app.env.{Guid.NewGuid():N}.tmp"];
        _ledger.IsDeaf = true;
        _ledger.Asked = what =>
        {
            if (what == "set") File.WriteAllText(left, "APP_KEY=plain");
            _time.Later += what == "prove" && Pending() is not null ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
        };

        await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default));

        Assert.False(File.Exists(left));
        Assert.Equal(First, InFile());
    }

    [Fact]
    public async Task An_overlap_lasts_as_long_as_was_asked_and_until_then_all_is_taken_back()
    {
        var runner = new ChangeRunner(_context);
        var options = new RotationOptions { OverlapFor = TimeSpan.FromHours(1) };
        Assert.Null(await runner.RunAsync(await PlanAsync(options), default));
        Assert.Equal(2, _ledger.Accepted.Count);

        await runner.UndoAsync(_context.Journal.Find(runner.Latest!)!, default);

        Assert.Equal([First], _ledger.Accepted);
        Assert.Equal((First, null), (InFile(), Pending()));
        Assert.Null(await runner.RunAsync(await PlanAsync(options), default));
        _time.Later += TimeSpan.FromHours(2);
        await runner.ResumeAsync(_context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal([InFile()], _ledger.Accepted);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(_context.Journal.Find(runner.Latest!)!, default));
        Assert.Equal("ChangeNotUndoable", error.ErrorId);
    }

    [Fact]
    public async Task What_only_people_can_disable_waits_until_somebody_says_that_it_is_done()
    {
        _ledger.ByHand = "Disable the old key in the other house";
        var runner = new ChangeRunner(_context);
        Assert.Null(await runner.RunAsync(await PlanAsync(), default));
        Assert.Contains("Disable the old key in the other house, then run Complete-OpsSecretRotation app", Report(runner.Latest!).Words);
        Assert.Equal("RotationNotWaiting", Assert.Throws<OpsException>(() => new ByHandCompletion(_context).Find("other")).ErrorId);
        _ledger.Accepted.Remove(First);

        await new ByHandCompletion(_context).CompleteAsync("app", default);

        Assert.Equal(RotationOutcome.Done, Report(runner.Latest!).Outcome);
        Assert.Null(Pending());
    }

    [Fact]
    public async Task It_begins_not_before_its_time_and_then_only_as_planned()
    {
        var runner = new ChangeRunner(_context);
        var options = new RotationOptions { NotBefore = _time.GetUtcNow().AddHours(3) };
        Assert.Null(await runner.RunAsync(await PlanAsync(options), default));
        Assert.Equal((First, 1), (InFile(), _ledger.Accepted.Count));
        File.WriteAllText(_folder["app.env"], "APP_KEY=somebody-elses\n");
        _ledger.Accepted.Add("somebody-elses");
        _time.Later += TimeSpan.FromHours(4);

        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(_context.Journal.Find(runner.Latest!)!, default))).ErrorId);

        Assert.Equal("somebody-elses", InFile());
    }

    [Fact]
    public async Task A_value_that_was_handed_in_is_taken_from_the_state_folder_and_stands_in_no_plan()
    {
        var material = new SecretMaterial("handed-in-by-somebody");
        ChangePlan plan = await PlanAsync(new RotationOptions { HandedIn = material });
        Assert.DoesNotContain(material.Value, System.Text.Encoding.UTF8.GetString(PlanFile.Write(plan)));
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default))).ErrorId);
        new HandedInValue(_context).Keep("app", material);

        await new ChangeRunner(_context).RunAsync(plan, default);

        Assert.Equal(material.Value, InFile());
        Assert.Null(new SecretStore(_context).Read("app").HandedIn);
    }

    [Fact]
    public async Task What_is_wrong_is_named_before_anything_is_done()
    {
        Assert.Contains("Did you mean app?", (await Refused("ap")).Message);
        File.WriteAllText(_folder["app.env"], "OTHER=1\n");
        Assert.Equal("SecretWithoutUse", (await Refused("app")).ErrorId);
        File.WriteAllText(_folder["app.env"], "APP_KEY=first-value\n");
        SecretGuards.All = [(_, _, _, _) => Task.FromResult<IReadOnlyList<string>>(["The same value stands in other.env#KEY."])];
        try { Assert.Equal("SecretUndeclaredUse", (await Refused("app")).ErrorId); }
        finally { SecretGuards.All = []; }
    }

    private async Task<OpsException> Refused(string name) =>
        await Assert.ThrowsAsync<OpsException>(() => new RotationPlanner(_context).PlanAsync([name], new RotationOptions(), default));

    private Task<ChangePlan> PlanAsync(RotationOptions? options = null) => new RotationPlanner(_context).PlanAsync(["app"], options ?? new RotationOptions(), default);

    private async Task<ChangeResult?> RunAsync() => await new ChangeRunner(_context).RunAsync(await PlanAsync(), default);

    private RotationResult Report(string change) => Assert.Single(new RotationReport(_context).Of(change));

    private string InFile() => File.ReadAllText(_folder["app.env"]).Trim().Split('=')[1];

    private SecretMaterial? Pending() => new SecretStore(_context).Read("app").Pending;
}
