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

    private string Value(string key) => File.ReadAllLines(_folder["app.env"])
        .Single(l => l.StartsWith(key + "=", StringComparison.Ordinal)).Split('=')[1];
}
