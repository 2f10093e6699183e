using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Several secrets in one rotation: when the old value of one is gone, all of them go on.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class SharedRotationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, Ledger> _ledgers = new() { ["one"] = new Ledger(), ["two"] = new Ledger() };
    private readonly IReadOnlyDictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>> _drivers = SecretDrivers.All;

    public SharedRotationTests()
    {
        SecretDrivers.All = new Dictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>>(_drivers)
        {
            [SecretKind.Random] = (_, entry) => _ledgers[entry.Name],
        };
        _folder.Write("ops.yaml", """
            environment: lab
            secrets:
              one: { random: {}, uses: [ { file: app.env, key: ONE } ] }
              two: { random: {}, uses: [ { file: app.env, key: TWO } ] }
            """);
        _folder.Write("app.env", "ONE=first-of-one\nTWO=first-of-two\n");
        foreach ((string name, Ledger ledger) in _ledgers) ledger.Accepted.Add("first-of-" + name);
    }

    public void Dispose()
    {
        SecretDrivers.All = _drivers;
        _folder.Dispose();
    }

    [Fact]
    public async Task One_that_fails_after_another_was_dropped_is_left_open_and_gone_on_with()
    {
        using OpsContext context = KilledLab.ContextOf(_folder.Path);
        ChangePlan plan = await new RotationPlanner(context).PlanAsync(["one", "two"], new RotationOptions(), default);
        _ledgers["two"].Asked = what =>
        {
            if (what == "count") throw new OpsException("LedgerRefused", OpsErrorCategory.InvalidOperation, "Nobody counts.", "Ask again.");
        };
        var runner = new ChangeRunner(context);

        Assert.Equal("LedgerRefused", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);

        Assert.Equal([Value("ONE")], _ledgers["one"].Accepted);
        Assert.Equal(new HashSet<string> { "first-of-two", Value("TWO") }, _ledgers["two"].Accepted);
        Assert.Equal([RotationOutcome.Done, RotationOutcome.Unfinished],
            new RotationReport(context).Of(runner.Latest!).Select(r => r.Outcome));
        _ledgers["two"].Asked = _ => { };
        await runner.ResumeAsync(context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal([Value("TWO")], _ledgers["two"].Accepted);
        Assert.Equal([RotationOutcome.Done, RotationOutcome.Done], new RotationReport(context).Of(runner.Latest!).Select(r => r.Outcome));
    }

    [Fact]
    public async Task One_that_waits_after_another_was_dropped_is_not_taken_back_and_is_gone_on_with()
    {
        _folder.Write("ops.yaml", File.ReadAllText(_folder["ops.yaml"]).Replace("two: { random: {},", "two: { random: {}, overlap: 1h,"));
        OpsContext loaded = KilledLab.ContextOf(_folder.Path);
        var clock = new ShiftedTime();
        using OpsContext context = loaded with { Time = clock, Journal = new Journal(loaded.Environment, clock) };
        var runner = new ChangeRunner(context);
        Assert.Null(await runner.RunAsync(await new RotationPlanner(context).PlanAsync(["one", "two"], new RotationOptions(), default), default));
        string id = runner.Latest!;
        Assert.Equal([Value("ONE")], _ledgers["one"].Accepted);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(context.Journal.Find(id)!, default));

        Assert.Equal("ChangeNotUndoable", error.ErrorId);
        Assert.Contains("Resume-OpsChange", error.RecommendedAction);
        Assert.Equal(2, _ledgers["two"].Accepted.Count);
        clock.Later = TimeSpan.FromHours(2);
        await runner.ResumeAsync(context.Journal.Find(id)!, default);
        Assert.Equal([Value("TWO")], _ledgers["two"].Accepted);
        Assert.Equal([RotationOutcome.Done, RotationOutcome.Done], new RotationReport(context).Of(id).Select(r => r.Outcome));
    }

    /// <summary>Those that share no service are changes of their own: what fails takes back nothing of the others.</summary>
    [Fact]
    public async Task One_that_fails_takes_back_none_of_those_that_share_nothing_with_it()
    {
        using OpsContext context = KilledLab.ContextOf(_folder.Path);
        FailTwo();
        var results = new List<RotationResult>();

        foreach (IReadOnlyList<string> names in new RotationPlanner(context).Group(["two", "one"], (_, e) => throw e))
        {
            var runner = new ChangeRunner(context);
            ChangePlan plan = await new RotationPlanner(context).PlanAsync(names, new RotationOptions(), default);
            try { await runner.RunAsync(plan, default); }
            catch (OpsException e) { Assert.Equal("LedgerRefused", e.ErrorId); }
            results.AddRange(new RotationReport(context).Of(runner.Latest!));
        }

        Assert.Equal([("two", RotationOutcome.TakenBack), ("one", RotationOutcome.Done)], results.Select(r => (r.Name, r.Outcome)));
        Assert.StartsWith("Nobody sets.", results[0].Words);
        Assert.Equal("first-of-two", Value("TWO"));
        Assert.NotEqual("first-of-one", Value("ONE"));
        Assert.Equal([Value("ONE")], _ledgers["one"].Accepted);
        Assert.Equal(["first-of-two"], _ledgers["two"].Accepted);
    }

    [Fact]
    public async Task Of_those_that_are_one_change_the_result_says_which_has_failed()
    {
        using OpsContext context = KilledLab.ContextOf(_folder.Path);
        FailTwo();
        var runner = new ChangeRunner(context);
        ChangePlan plan = await new RotationPlanner(context).PlanAsync(["one", "two"], new RotationOptions(), default);

        await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default));

        IReadOnlyList<RotationResult> results = new RotationReport(context).Of(runner.Latest!);
        Assert.Equal([RotationOutcome.TakenBack, RotationOutcome.TakenBack], results.Select(r => r.Outcome));
        Assert.StartsWith("The rotation of two failed, and this one, which is of the same change, was taken back with it: Nobody sets.",
            results[0].Words);
        Assert.StartsWith("Nobody sets.", results[1].Words);
    }

    [Fact]
    public void Those_that_share_a_service_are_one_change_also_by_way_of_a_third_one()
    {
        static string Of(string name, string services) =>
            $"  {name}: {{ random: {{}}, uses: [ {{ file: app.env, key: ONE{services} }} ] }}\n";
        _folder.Write("ops.yaml", "environment: lab\nsecrets:\n" + Of("a", ", services: [ api ]") + Of("b", ", services: [ web ]")
            + Of("none", "") + Of("c", ", services: [ web, api ]") + Of("other", ", services: [ jobs ]") + Of("alone", ""));
        using OpsContext context = KilledLab.ContextOf(_folder.Path);
        var left = new List<string>();
        foreach (string name in (string[])["a", "b", "none", "c", "other", "alone"]) _ledgers[name] = new Ledger();

        IReadOnlyList<IReadOnlyList<string>> groups = new RotationPlanner(context).Group(
            ["a", "b", "none", "c", "other", "alone", "unknown"], (name, e) => left.Add($"{name} {e.ErrorId}"));

        Assert.Equal(["a b c", "none", "other", "alone"], groups.Select(g => string.Join(' ', g)));
        Assert.Equal(["unknown SecretUnknown"], left);
    }

    private void FailTwo() => _ledgers["two"].Asked = what =>
    {
        if (what == "set") throw new OpsException("LedgerRefused", OpsErrorCategory.InvalidOperation, "Nobody sets.", "Ask again.");
    };

    private string Value(string key) => File.ReadAllLines(_folder["app.env"])
        .Single(l => l.StartsWith(key + "=", StringComparison.Ordinal)).Split('=')[1];
}
