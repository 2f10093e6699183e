using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Phases;

/// <summary>Rotations in phases of what real files hold, over the days that they take.</summary>
public sealed class PhaseRotationTests : IDisposable
{
    private const string First = "first-value-of-tokens", Theirs = "key-of-somebody-else";

    private readonly TempFolder _folder = new();
    private readonly ShiftedTime _time = new();
    private readonly OpsContext _context;

    public PhaseRotationTests()
    {
        _folder.Write("ops.yaml", """
            environment: lab
            secrets:
              pair: { jwt: { lifetime: 1h, refresh: 2d }, uses: [ { file: app.env, key: JWT, previous: JWT_PREVIOUS } ] }
              ids: { jwt: { lifetime: 1h }, uses: [ { file: ids.env, key: JWT_KEYS, form: json } ] }
              one: { jwt: { lifetime: 1h }, uses: [ { file: one.env, key: JWT } ] }
              list: { apiKey: { list: true }, overlap: 7d, uses: [ { file: server.env, key: API_KEYS, form: list }, { file: client.env, key: API_KEY } ] }
              items: { jwt: { lifetime: 1h }, uses: [ { file: items.env, key: JWT_LIST, form: list } ] }
              more: { apiKey: { list: true }, uses: [ { file: open.env, key: MORE_KEYS, form: list } ] }
              open: { apiKey: { list: true }, overlap: 7d, uses: [ { file: open.env, key: API_KEYS, form: list } ] }
            """);
        _folder.Write("app.env", $"# kept\nJWT={First}-1\n");
        _folder.Write("ids.env", $$$"""JWT_KEYS='{"active":"a","keys":{"a":"{{{First}}}-2"}}'""" + "\n");
        _folder.Write("items.env", $"JWT_LIST={First}-7,{Theirs}-7\n");
        _folder.Write("one.env", $"JWT={First}-3\n");
        _folder.Write("server.env", $"API_KEYS={Theirs},{First}-4\n");
        _folder.Write("client.env", $"API_KEY={First}-4\n");
        _folder.Write("open.env", $"API_KEYS={Theirs}-5,{First}-5\n");
        OpsContext loaded = KilledLab.ContextOf(_folder.Path);
        _context = loaded with { Time = _time, Journal = new Journal(loaded.Environment, _time) };
    }

    public void Dispose()
    {
        _context.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_new_value_is_accepted_before_it_signs_and_the_old_one_until_the_last_token_has_ended()
    {
        var seen = new List<string>();
        ChangePlan plan = await PlanAsync("pair");
        Assert.False(plan.Irreversible);
        Assert.Equal(["create", "accept", "sign", "signed", "drop"], plan.Steps.Select(s => s.Name));
        var runner = new ChangeRunner(_context with { Journal = new StepJournal(_context.Journal, "accept", () =>
        {
            seen.Add(Read("app.env"));
            return Task.CompletedTask;
        }) });

        Assert.Null(await runner.RunAsync(plan, default));

        string now = new SecretStore(_context).Read("pair").Pending!.Value;
        Assert.Equal(64, now.Length);
        Assert.Equal($"# kept\nJWT={First}-1\nJWT_PREVIOUS={now}\n", Assert.Single(seen));
        Assert.Equal($"# kept\nJWT={now}\nJWT_PREVIOUS={First}-1\n", Read("app.env"));
        RotationResult waiting = Report(runner);
        Assert.Equal(RotationOutcome.Waiting, waiting.Outcome);
        Assert.InRange(waiting.Due!.Value - _time.GetUtcNow(), TimeSpan.FromDays(2), TimeSpan.FromDays(2) + TimeSpan.FromMinutes(1));
        Assert.Equal("RotationUnderWay", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync("pair"))).ErrorId);

        _time.Later = TimeSpan.FromDays(2) + TimeSpan.FromMinutes(2);
        ChangeResult done = (await new ChangeRunner(_context).ResumeAsync(_context.Journal.Find(runner.Latest!)!, default))!;

        Assert.Equal($"# kept\nJWT={now}\nJWT_PREVIOUS={now}\n", Read("app.env"));
        Assert.Equal(RotationOutcome.Done, Assert.Single(new RotationReport(_context).Of(done.Change!)).Outcome);
        Assert.True((await new SecretTester(_context).TestAsync("pair", default)).Passed);
        foreach (string file in Directory.EnumerateFiles(_context.Environment.StateDirectory, "*", SearchOption.AllDirectories))
            Assert.All((string[])[First, now], value => Assert.DoesNotContain(value, File.ReadAllText(file)));
        Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() =>
            new ChangeRunner(_context).UndoAsync(_context.Journal.Find(done.Change!)!, default))).ErrorId);
    }

    [Fact]
    public async Task One_that_waits_for_its_time_is_seen_and_begins_then_and_no_other_one_before()
    {
        var options = new RotationOptions { NotBefore = _time.GetUtcNow() + TimeSpan.FromDays(2) };
        var runner = new ChangeRunner(_context);
        Assert.Null(await runner.RunAsync(await new PhasePlanner(_context).PlanAsync("ids", options, default), default));

        Assert.Equal("RotationUnderWay", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync("ids"))).ErrorId);
        SecretRecord seen = Assert.Single(await new SecretCatalog(_context).ListAsync(["ids"], true, default));
        Assert.Equal((SecretStatus.Waiting, runner.Latest), (seen.Status, seen.Change));
        Assert.Contains("\"active\":\"a\"", Read("ids.env"));

        _time.Later = TimeSpan.FromDays(2) + TimeSpan.FromMinutes(1);
        Assert.Null(await runner.ResumeAsync(_context.Journal.Find(runner.Latest!)!, default));
        Assert.DoesNotContain("\"active\":\"a\"", Read("ids.env"));
        Assert.NotNull(new SecretStore(_context).Read("ids").Pending);
    }

    [Fact]
    public async Task As_long_as_it_waits_it_is_taken_back()
    {
        var runner = new ChangeRunner(_context);
        await runner.RunAsync(await PlanAsync("ids"), default);
        Assert.Contains("first-value", Read("ids.env"));
        Assert.DoesNotContain("\"active\":\"a\"", Read("ids.env"));

        await runner.UndoAsync(_context.Journal.Find(runner.Latest!)!, default);

        Assert.Contains($$$"""{"active":"a","keys":{"a":"{{{First}}}-2"}}""", Read("ids.env"));
        Assert.Null(new SecretStore(_context).Read("ids").Pending);
        Assert.Empty(_context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task What_somebody_has_written_meanwhile_is_not_written_over()
    {
        var runner = new ChangeRunner(_context);
        await runner.RunAsync(await PlanAsync("pair"), default);
        string edited = Read("app.env").Replace("JWT=" + new SecretStore(_context).Read("pair").Pending!.Value, "JWT=written-by-hand-77");
        File.WriteAllText(_folder["app.env"], edited);
        _time.Later = TimeSpan.FromDays(3);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() =>
            new ChangeRunner(_context).ResumeAsync(_context.Journal.Find(runner.Latest!)!, default));

        Assert.Equal(("KeySetUnreadable", edited), (error.ErrorId, Read("app.env")));
        Assert.Equal(JournalOutcome.Unfinished, _context.Journal.Find(runner.Latest!)!.Outcome);
    }

    [Fact]
    public async Task Where_a_place_holds_one_value_or_no_overlap_is_wanted_it_is_said_that_all_sessions_end()
    {
        ChangePlan one = await PlanAsync("one"), none = await PlanAsync("pair", TimeSpan.Zero), less = await PlanAsync("pair",
            TimeSpan.FromHours(1));

        Assert.All((ChangePlan[])[one, none], p => Assert.StartsWith("All sessions end", p.Warnings[0]));
        Assert.StartsWith("Sessions end", less.Warnings[0]);
        Assert.All((ChangePlan[])[one, none, less], p => Assert.True(p.Irreversible));
        Assert.Equal("OverlapImpossible", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync("one", TimeSpan.FromDays(1)))).ErrorId);
        await new ChangeRunner(_context).RunAsync(none, default);
        Assert.DoesNotContain(First, Read("app.env"));
    }

    [Fact]
    public async Task Of_a_list_the_keys_of_others_stay_and_the_client_has_its_new_one_before_the_old_one_goes()
    {
        var runner = new ChangeRunner(_context);
        Assert.Null(await runner.RunAsync(await PlanAsync("list"), default));
        string now = Read("client.env").Trim().Split('=')[1];
        Assert.NotEqual(First + "-4", now);
        Assert.Equal($"API_KEYS={Theirs},{First}-4,{now}\n", Read("server.env"));

        _time.Later = TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1);
        await runner.ResumeAsync(_context.Journal.Find(runner.Latest!)!, default);

        Assert.Equal($"API_KEYS={Theirs},{now}\n", Read("server.env"));
        // Nothing tells who uses which key, which is said.
        Assert.Equal(RotationOutcome.NotProven, Report(runner).Outcome);
    }

    [Fact]
    public async Task Which_of_several_keys_is_meant_is_not_guessed_and_all_of_them_go_where_that_is_wanted()
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => PlanAsync("open"));
        Assert.Equal("ApiKeyAmbiguous", error.ErrorId);
        Assert.DoesNotContain(First, error.Message);

        ChangePlan plan = await new PhasePlanner(_context).PlanAloneAsync("open", new RotationOptions(), default);
        Assert.Contains("whoever has it", plan.Warnings[0]);
        await new ChangeRunner(_context).RunAsync(plan, default);

        string[] left = Read("open.env").Trim().Split('=')[1].Split(',');
        Assert.DoesNotContain(Assert.Single(left), (string[])[Theirs + "-5", First + "-5"]);
    }

    [Fact]
    public async Task It_is_not_rotated_together_with_others_and_not_by_who_writes_a_whole_place()
    {
        Assert.Equal(["pair", "list"], new PhasePlanner(_context).Choose(["pair", "list", "unknown"]));
        Assert.Equal("SecretUnsupported", (await Assert.ThrowsAsync<OpsException>(() =>
            new RotationPlanner(_context).PlanAsync(["pair"], new RotationOptions(), default))).ErrorId);
    }

    /// <summary>What is said to end ends: whoever has another key of the place signs nothing with it any more.</summary>
    [Theory]
    [InlineData("ids", "ids.env")]
    [InlineData("items", "items.env")]
    public async Task At_once_no_other_key_that_signs_stays(string name, string file)
    {
        File.WriteAllText(_folder["ids.env"], $$$"""JWT_KEYS='{"active":"a","keys":{"x":"{{{Theirs}}}-2","a":"{{{First}}}-2"}}'""" + "\n");
        Assert.DoesNotContain((await PlanAsync(name)).Warnings, w => w.Contains("other value"));
        ChangePlan plan = await PlanAsync(name, TimeSpan.Zero);
        Assert.StartsWith("All sessions end", plan.Warnings[0]);
        Assert.Contains(plan.Warnings, w => w.Contains("accepts 1 other value"));

        await new ChangeRunner(_context).RunAsync(plan, default);

        Assert.DoesNotContain(Theirs, Read(file));
        Assert.DoesNotContain(First, Read(file));
    }

    /// <summary>Each is planned when the one before is done: both stand in one file, and what is planned before it was written is drift.</summary>
    [Fact]
    public async Task Two_lists_in_one_file_are_both_replaced()
    {
        File.AppendAllText(_folder["open.env"], $"MORE_KEYS={Theirs}-8,{First}-8\n");
        var failed = new List<string>();
        int made = 0;
        await foreach (ChangePlan plan in new RevokeAllKeys(_context).PlanAsync(["open", "more"], "a test", (name, e) => failed.Add(e.Message), default))
        {
            await new ChangeRunner(_context).RunAsync(plan, default);
            made++;
        }

        Assert.Equal((2, 0), (made, failed.Count));
        Assert.All((string[])[Theirs, First], value => Assert.DoesNotContain(value, Read("open.env")));
    }

    private Task<ChangePlan> PlanAsync(string name, TimeSpan? overlap = null) =>
        new PhasePlanner(_context).PlanAsync(name, new RotationOptions { OverlapFor = overlap }, default);

    private RotationResult Report(ChangeRunner runner) => Assert.Single(new RotationReport(_context).Of(runner.Latest!));

    private string Read(string file) => File.ReadAllText(_folder[file]);
}
