using OpsModule.Engine.Areas.Lockdown;
using OpsModule.Engine.Areas.Lockdown.Alarm;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets;
using OpsModule.Engine.Tests.Secrets.ApiKeys;
using OpsModule.Engine.Tests.Secrets.Faults;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Lockdown;

/// <summary>A lockdown while rotations wait: those from before keep nothing that was stolen, and its own are told.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class LockdownWaitingTests : IDisposable
{
    private const string Jwt = "jwt: { jwt: { lifetime: 15m, refresh: 14d }, "
        + "uses: [ { file: app.env, key: JWT, previous: JWT_PREVIOUS } ] }",
        Old = "old-jwt-value-that-signs-1";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_waits_is_taken_back_and_what_signs_is_replaced_at_once(bool isAnnounced)
    {
        using OpsContext context = await ContextAsync("session, jwt", Jwt);
        string pending = await WaitAsync(context, isAnnounced);
        ChangePlan plan = await PlanAsync(context);
        Assert.Contains(plan.Warnings, w => w.StartsWith("jwt: its rotation", StringComparison.Ordinal) && w.Contains("is taken back"));

        LockdownResult result = await RunAsync(context, plan);

        Assert.True(result.IsComplete, string.Join("; ", result.Open));
        string now = File.ReadAllText(_folder["app.env"]);
        Assert.All((string[])[Old, pending, LockdownLab.First], value => Assert.DoesNotContain(value, now));
        AssertNothingIsOpen(context);
        Assert.Null(new SecretStore(context).Read("jwt").Pending);
    }

    [Theory]
    [InlineData("undo-use-old-write-1")]
    [InlineData("before rotation-told")]
    public async Task Killed_while_it_takes_one_back_it_is_gone_on_with(string line)
    {
        using OpsContext context = await ContextAsync("jwt", Jwt);
        string pending = await WaitAsync(context, false);
        File.WriteAllBytes(_folder["plan.json"], PlanFile.Write(await PlanAsync(context)));
        Assert.Equal(137, await Probe.RunPlanAsync(line, _folder.Path));
        JournalEntry killed = context.Journal.FindUnfinished().Select(u => context.Journal.Find(u.Id)!)
            .Single(e => e.Kind == LockDownEnvironment.KindName);

        await new ChangeRunner(context).ResumeAsync(killed, default);

        Assert.True(new LockdownReport(context).Of(killed.Id)!.IsComplete);
        Assert.All((string[])[Old, pending], value => Assert.DoesNotContain(value, File.ReadAllText(_folder["app.env"])));
        AssertNothingIsOpen(context);
    }

    [Fact]
    public async Task One_that_cannot_be_taken_back_keeps_the_part_open_and_nothing_else()
    {
        using OpsContext context = await ContextAsync("session, jwt", Jwt);
        string pending = await WaitAsync(context, false), before = File.ReadAllText(_folder["app.env"]);
        // What somebody has written meanwhile is not written over.
        File.WriteAllText(_folder["app.env"], before.Replace("JWT=" + pending, "JWT=written-by-hand-meanwhile"));
        var runner = new ChangeRunner(context);

        OpsException error = await Assert.ThrowsAsync<OpsException>(async () => await runner.RunAsync(await PlanAsync(context), default));

        Assert.Equal("LockdownOpen", error.ErrorId);
        Assert.Contains("jwt:", error.Message);
        LockdownResult open = new LockdownReport(context).Of(runner.Latest!)!;
        Assert.Equal(LockdownPartState.Open, open.Parts.Single(p => p.Part == LockdownPart.Secrets).State);
        Assert.DoesNotContain(LockdownLab.First, File.ReadAllText(_folder["app.env"]));

        File.WriteAllText(_folder["app.env"], File.ReadAllText(_folder["app.env"]).Replace("written-by-hand-meanwhile", pending));
        await runner.ResumeAsync(context.Journal.Find(open.Change!)!, default);

        Assert.True(new LockdownReport(context).Of(open.Change!)!.IsComplete);
        Assert.All((string[])[Old, pending], value => Assert.DoesNotContain(value, File.ReadAllText(_folder["app.env"])));
    }

    [Fact]
    public async Task Another_secret_of_the_rotation_that_is_taken_back_is_told()
    {
        using OpsContext context = await ContextAsync("session", "other: { random: {}, uses: [ { file: app.env, key: OTHER } ] }");
        File.AppendAllText(_folder["app.env"], "OTHER=a-value-of-another-one\n");
        Assert.Null(await new ChangeRunner(context).RunAsync(await new RotationPlanner(context).PlanAsync(["session", "other"],
            new RotationOptions { NotBefore = DateTimeOffset.UtcNow.AddDays(2) }, default), default));

        LockdownResult result = await RunAsync(context, await PlanAsync(context));

        Assert.StartsWith("other has its old value again", Assert.Single(result.Open));
        Assert.DoesNotContain(LockdownLab.First, File.ReadAllText(_folder["app.env"]));
        AssertNothingIsOpen(context);
    }

    /// <summary>
    /// The API takes the old key for a while though it is revoked, and the rotation waits for that. It does not wait for logs, which
    /// cannot be read here: the key is revoked with the rest.
    /// </summary>
    [Fact]
    public async Task Its_own_rotation_that_waits_is_named_in_the_alert_and_goes_on_when_it_is_due()
    {
        await using var server = new KeysServer { Caches = true };
        (server.Keys["k1"], server.Keys["k2"]) = (("shop", "sk_first-key-of-the-shop", false), ("partner", "sk_key-of-a-partner", false));
        (_, _) = (_folder.Write("token", KeysServer.Token), _folder.Write("hook", "http://127.0.0.1:1/none"));
        using OpsContext context = await ContextAsync("session", $$"""
            shop: { apiKey: { http: { url: "{{server.Url}}/keys", token: "file:token" }, usage: { services: [ api ], text: "key={id}" }, proof: { url: "{{server.Url}}/me", header: "X-Api-Key: {value}" } }, uses: [ { file: app.env, key: API_KEY } ] }
            """, "keys: true", "alerts: { receivers: { pager: { webhook: \"file:hook\" } } }");
        File.AppendAllText(_folder["app.env"], "API_KEY=sk_first-key-of-the-shop\n");
        Alert? sent = null;
        var send = LockdownAlarm.Send;
        LockdownAlarm.Send = (_, alert, _, _) =>
        {
            sent = alert;
            return Task.FromResult<IReadOnlyList<string>>([]);
        };
        LockdownResult result;
        try { result = await RunAsync(context with { Time = new HurriedTime() }, await PlanAsync(context)); }
        finally { LockdownAlarm.Send = send; }

        Assert.All((string[])["k1", "k2"], id => Assert.True(server.Keys[id].IsRevoked));
        Assert.Equal(LockdownPartState.Partly, result.Parts.Single(p => p.Part == LockdownPart.Keys).State);
        JournalEntry waiting = Assert.Single(new Journal(context.Environment, TimeProvider.System)
            .Find(new JournalQuery { Waiting = true }, out int _), w => w.Parent is null);
        Assert.Equal((RotateSecrets.KindName, JournalOutcome.Waiting), (waiting.Kind, waiting.Outcome));
        Assert.Contains($"Resume-OpsChange -Due goes on with what waits: {waiting.Id}.", sent!.Remedy);
        Assert.DoesNotContain($"Resume-OpsChange {result.Change}", sent.Remedy);

        server.Caches = false;
        Assert.NotNull(await new ChangeRunner(context).ResumeAsync(waiting, default));
        AssertNothingIsOpen(context);
    }

    [Fact]
    public async Task A_key_that_cannot_be_revoked_keeps_neither_the_others_valid_nor_our_own_from_being_replaced()
    {
        await using var server = new KeysServer();
        server.Keys["k1"] = ("shop", "sk_first-key-of-the-shop", false);
        for (int i = 2; i < 9; i++) server.Keys[$"k{i}"] = ($"client-{i}", $"sk_key-of-client-{i}", false);
        server.Held.Add("k3");
        _folder.Write("token", KeysServer.Token);
        using OpsContext context = await ContextAsync("session", $$"""
            shop: { apiKey: { http: { url: "{{server.Url}}/keys", token: "file:token" } }, uses: [ { file: app.env, key: API_KEY } ] }
            """, "keys: true");
        File.AppendAllText(_folder["app.env"], "API_KEY=sk_first-key-of-the-shop\n");
        var runner = new ChangeRunner(context);

        OpsException error = await Assert.ThrowsAsync<OpsException>(async () => await runner.RunAsync(await PlanAsync(context), default));

        Assert.Equal("LockdownOpen", error.ErrorId);
        Assert.Contains("k3", error.Message);
        string own = File.ReadAllLines(_folder["app.env"]).Single(l => l.StartsWith("API_KEY=", StringComparison.Ordinal))[8..];
        // Two are valid: the one that is held, and the new one of our service.
        Assert.Equal(["k3", server.Keys.Single(k => k.Value.Key == own).Key], server.Keys.Where(k => !k.Value.IsRevoked).Select(k => k.Key));

        server.Held.Clear();
        await runner.ResumeAsync(context.Journal.Find(runner.Latest!)!, default);

        Assert.Equal(own, Assert.Single(server.Keys.Values, k => !k.IsRevoked).Key);
        AssertNothingIsOpen(context);
    }

    private static void AssertNothingIsOpen(OpsContext context)
    {
        Assert.Empty(context.Journal.FindUnfinished());
        Assert.Empty(new Journal(context.Environment, TimeProvider.System).Find(new JournalQuery { Waiting = true }, out int _));
    }

    /// <summary>Begins a rotation of what signs, which then waits; gives the value that it has made.</summary>
    private async Task<string> WaitAsync(OpsContext context, bool isAnnounced)
    {
        File.AppendAllText(_folder["app.env"], $"JWT={Old}\nJWT_PREVIOUS={Old}\n");
        var options = new RotationOptions { NotBefore = isAnnounced ? DateTimeOffset.UtcNow.AddDays(3) : null };
        Assert.Null(await new ChangeRunner(context).RunAsync(await new PhasePlanner(context).PlanAsync("jwt", options, default), default));
        return new SecretStore(context).Read("jwt").Pending?.Value ?? "none";
    }

    private async Task<OpsContext> ContextAsync(string rotated, string secrets, string lockdown = "", string more = "")
    {
        await LockdownLab.WriteAsync(_folder.Path, lockdown, secrets: secrets.Trim(), more: more, rotated: rotated);
        OpsContext context = KilledLab.ContextOf(_folder.Path);
        new SecretStore(context).Write(new KeptSecret { Name = "session" });
        return context;
    }

    private static Task<ChangePlan> PlanAsync(OpsContext context) =>
        new LockdownPlanner(context).PlanAsync("a breach", null, [], "Invoke-OpsSecurityLockdown", default);

    private static async Task<LockdownResult> RunAsync(OpsContext context, ChangePlan plan) =>
        new LockdownReport(context).Of((await new ChangeRunner(context).RunAsync(plan, default))!.Change!)!;
}
