using OpsModule.Engine.Areas.Health;
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
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Of all secrets that are due, those that cannot be rotated now keep none of the others from it.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class DueRotationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Ledger _ledger = new() { Accepted = { "first-value" } }, _away = new() { Asked = _ => throw Ledger.Away };
    private readonly IReadOnlyDictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>> _drivers = SecretDrivers.All;
    private readonly OpsContext _context;

    public DueRotationTests()
    {
        SecretDrivers.All = new Dictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>>(_drivers)
        {
            [SecretKind.Random] = (_, entry) => entry.Name == "away" ? _away : _ledger,
        };
        string Use(string key, string more = "") => $"every: 30d, uses: [ {{ file: app.env, key: {key}{more} }} ] }}";
        _folder.Write("ops.yaml", $$"""
            environment: lab
            secrets:
              away: { random: {}, {{Use("AWAY")}}
              ghost: { random: {}, {{Use("GHOST", ", services: [ nobody ]")}}
              dsn: { value: { proof: none }, {{Use("DSN")}}
              torn: { random: {}, {{Use("TORN")}}
              new: { random: {}, {{Use("NEW")}}
              app: { random: {}, {{Use("APP")}}
            """);
        _folder.Write("app.env", string.Concat(new[] { "AWAY", "GHOST", "DSN", "TORN", "NEW" }.Select(k => $"{k}=value-of-{k}\n")) + "APP=first-value\n");
        _ledger.Accepted.Add("value-of-GHOST");
        _context = KilledLab.ContextOf(_folder.Path);
        foreach (string name in (string[])["away", "ghost", "dsn", "torn", "app"])
            new SecretStore(_context).Write(new KeptSecret { Name = name, FinishedAt = _context.Time.GetUtcNow().AddDays(-31) });
        File.WriteAllText(Path.Combine(_context.Environment.StateDirectory, "secrets", "torn.json"), "{");
    }

    public void Dispose()
    {
        SecretDrivers.All = _drivers;
        _context.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Those_that_need_people_or_cannot_be_planned_are_left_out_and_the_others_are_rotated()
    {
        var told = new List<string>();
        var left = new List<RotationResult>();
        var catalog = new SecretCatalog(_context);
        IReadOnlyList<string> due = catalog.FindDue(told.Add, left.Add);
        Assert.Equal(["away", "ghost", "app"], due);
        Assert.Equal([("dsn", RotationOutcome.NeedsPeople, false), ("torn", RotationOutcome.LeftOut, true)], left.Select(l => (l.Name, l.Outcome, ((IVerdict)l).IsBad())));
        Assert.Contains(told, t => t.Contains("hand it in (Invoke-OpsSecretRotation dsn -Value (Read-Host"));
        Assert.Contains(told, t => t.StartsWith("No rotation of new is known"));
        var cannot = new Dictionary<string, string>();

        ChangePlan plan = (await new RotationPlanner(_context).PlanAsync(due, new RotationOptions(), (name, e) => cannot[name] = e.ErrorId, default))!;

        Assert.Equal(["away", "ghost"], cannot.Keys.Order());
        Assert.Equal("LedgerAway", cannot["away"]);
        Assert.Equal("secret/app", plan.Target);
        await new ChangeRunner(_context).RunAsync(plan, default);
        Assert.DoesNotContain("APP=first-value", File.ReadAllText(_folder["app.env"]));
        Assert.Contains("AWAY=value-of-AWAY\nGHOST=value-of-GHOST\n", File.ReadAllText(_folder["app.env"]));
        Assert.Null(await new RotationPlanner(_context).PlanAsync(["away"], new RotationOptions(), (_, _) => { }, default));
        Assert.Equal(["away", "ghost"], catalog.FindDue(_ => { }));
    }

    [Fact]
    public async Task The_health_says_which_needs_people_and_which_was_never_rotated()
    {
        IReadOnlyList<HealthResult> all = await HealthOf("dsn", "new", "app");
        Assert.Equal([HealthStatus.Degraded, HealthStatus.Unknown, HealthStatus.Degraded], all.Select(r => r.Status));
        Assert.Contains("hand it in: Invoke-OpsSecretRotation dsn -Value", all[0].Remedy);
        Assert.Contains("Rotate it once by its name: Invoke-OpsSecretRotation new", all[1].Remedy);
        Assert.Contains("-Due in a schedule", all[2].Remedy);
    }

    private async Task<IReadOnlyList<HealthResult>> HealthOf(params string[] names)
    {
        var found = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(_context).RunAsync(new HealthRequest { Checks = ["secret.overdue"] }, default)) found.Add(result);
        return [.. names.Select(n => found.Single(r => r.Target == n))];
    }
}
