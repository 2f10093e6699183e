using System.Security.Cryptography;
using System.Text;
using OpsModule.Engine.Areas.Lockdown;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Lockdown;

/// <summary>
/// API keys in a lockdown, in tables of a real database: two of our own service and a partner's in one, a partner's in another. Nothing is
/// called revoked that is not.
/// </summary>
[Collection(PostgresTenants.Name)]
public sealed class LockdownKeyTests(PostgresFixture postgres) : IDisposable
{
    private const string Own = "first-key-of-the-shop-Q7", Lockdown = "keys: true\n  emergencyKeys: true";

    private readonly TempFolder _folder = new();
    private string _database = "";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_old_key_is_refused_and_the_service_has_a_new_one()
    {
        using OpsContext context = await UpAsync();
        ChangePlan plan = await PlanAsync(context);
        Assert.Contains(plan.Warnings, w => w.StartsWith("3 keys of shop will be refused", StringComparison.Ordinal));

        LockdownResult result = await RunAsync(context, plan);

        AssertDone(result);
        Assert.Equal(0, await CountAsync("shop_keys", "name IN ('shop', 'partner', 'old') AND NOT is_revoked"));
        Assert.Equal(0, await CountAsync("more_keys", "name = 'other' AND NOT is_revoked"));
        // Our own service was brought to the new key, which is valid.
        string now = Value("API_KEY");
        Assert.NotEqual(Own, now);
        Assert.Equal(1, await CountAsync("shop_keys", $"key_hash = '{Hash(now)}' AND NOT is_revoked"));
        await LookAtEmergencyAsync(result);
        Assert.Contains("the one of our services replaced", result.Parts.Single(p => p.Part == LockdownPart.Keys).Words);
        // The journal, the state folder and the evidence hold no key in clear.
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "app.env"), f =>
            Encoding.Latin1.GetString(File.ReadAllBytes(f)).Contains(now, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_table_that_is_away_keeps_nothing_else_and_is_revoked_when_it_is_gone_on_with()
    {
        using OpsContext context = await UpAsync();
        await postgres.ExecuteAsync(_database, "ALTER TABLE public.more_keys RENAME TO hidden");
        ChangePlan plan = await PlanAsync(context);
        Assert.Contains(plan.Warnings, w => w.StartsWith("Keys will stay open: more:", StringComparison.Ordinal));
        Assert.Contains(plan.Warnings, w => w.StartsWith("EmergencyKeys will stay open", StringComparison.Ordinal));
        var runner = new ChangeRunner(context);

        Assert.Equal("LockdownOpen", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);

        LockdownResult open = new LockdownReport(context).Of(runner.Latest!)!;
        Assert.True(((IVerdict)open).IsBad());
        Assert.Equal(LockdownPartState.Open, open.Parts.Single(p => p.Part == LockdownPart.Keys).State);
        Assert.Equal(LockdownPartState.Done, open.Parts.Single(p => p.Part == LockdownPart.Secrets).State);
        Assert.Equal(0, await CountAsync("shop_keys", "name IN ('shop', 'partner', 'old') AND NOT is_revoked"));
        (string key, string session) = (Value("API_KEY"), Value("SESSION"));
        // Another one is refused as long as this one is open.
        Assert.Equal("LockdownUnderWay", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(context))).ErrorId);

        await postgres.ExecuteAsync(_database, "ALTER TABLE public.hidden RENAME TO more_keys");
        await runner.ResumeAsync(context.Journal.Find(open.Change!)!, default);

        LockdownResult done = new LockdownReport(context).Of(open.Change!)!;
        AssertDone(done);
        Assert.Equal(0, await CountAsync("more_keys", "name = 'other' AND NOT is_revoked"));
        // What was replaced is not replaced once more.
        Assert.Equal((key, session), (Value("API_KEY"), Value("SESSION")));
        await LookAtEmergencyAsync(done);
    }

    [Fact]
    public async Task Keys_that_stay_valid_are_never_called_revoked_and_emergency_keys_outlive_going_on()
    {
        using OpsContext context = await UpAsync();
        await postgres.ExecuteAsync(_database, """
            CREATE FUNCTION public.never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.is_revoked := false; RETURN NEW; END $$;
            CREATE TRIGGER never BEFORE UPDATE ON public.more_keys FOR EACH ROW EXECUTE FUNCTION public.never()
            """);
        var runner = new ChangeRunner(context);

        OpsException error = await Assert.ThrowsAsync<OpsException>(async () => await runner.RunAsync(await PlanAsync(context), default));

        Assert.Equal("LockdownOpen", error.ErrorId);
        Assert.Contains("lists", error.Message);
        LockdownResult open = new LockdownReport(context).Of(runner.Latest!)!;
        Assert.Equal(LockdownPartState.Open, open.Parts.Single(p => p.Part == LockdownPart.Keys).State);
        Assert.Equal(LockdownPartState.Done, open.Parts.Single(p => p.Part == LockdownPart.EmergencyKeys).State);
        Assert.DoesNotContain("revoked", open.Parts.Single(p => p.Part == LockdownPart.Keys).Words.Replace("revoke all", ""));

        await postgres.ExecuteAsync(_database, "DROP TRIGGER never ON public.more_keys");
        await runner.ResumeAsync(context.Journal.Find(open.Change!)!, default);

        LockdownResult done = new LockdownReport(context).Of(open.Change!)!;
        AssertDone(done);
        Assert.Equal(0, await CountAsync("more_keys", "name = 'other' AND NOT is_revoked"));
        await LookAtEmergencyAsync(done);
    }

    [Theory]
    [InlineData("before revoke-done")]
    [InlineData("revoke@2")]
    [InlineData("write-1")]
    [InlineData("before keys-done")]
    [InlineData("before emergency-keys-told")]
    [InlineData("emergency-keys-done")]
    public async Task Killed_anywhere_it_is_gone_on_with(string line)
    {
        using OpsContext context = await UpAsync();
        File.WriteAllBytes(_folder["plan.json"], PlanFile.Write(await PlanAsync(context)));
        Assert.Equal(137, await Probe.RunPlanAsync(line, _folder.Path));
        JournalEntry killed = context.Journal.FindUnfinished().Select(u => context.Journal.Find(u.Id)!).Single(e => e.Kind == LockDownEnvironment.KindName);

        await new ChangeRunner(context).ResumeAsync(killed, default);

        LockdownResult done = new LockdownReport(context).Of(killed.Id)!;
        AssertDone(done);
        Assert.Empty(context.Journal.FindUnfinished());
        Assert.Equal(0, await CountAsync("shop_keys", "name IN ('shop', 'partner', 'old') AND NOT is_revoked"));
        Assert.Equal(0, await CountAsync("more_keys", "name = 'other' AND NOT is_revoked"));
        Assert.Equal(1, await CountAsync("shop_keys", $"key_hash = '{Hash(Value("API_KEY"))}' AND NOT is_revoked"));
        // One emergency key each, however often they were issued.
        Assert.Equal((1, 1), (await CountAsync("shop_keys", "name LIKE 'emergency-%' AND NOT is_revoked"), await CountAsync("more_keys", "name LIKE 'emergency-%' AND NOT is_revoked")));
        await LookAtEmergencyAsync(done);
    }

    /// <summary>All parts were done. That nothing is declared here that asks with the shop's new key is said, and nothing else.</summary>
    private static void AssertDone(LockdownResult result)
    {
        Assert.StartsWith("shop is replaced, and not all of that is proven", Assert.Single(result.Open));
        Assert.All(result.Parts, p => Assert.True(p.State is LockdownPartState.Done or LockdownPartState.Undeclared
            || p is { Part: LockdownPart.Keys, State: LockdownPartState.Partly }, $"{p}"));
    }

    private async Task LookAtEmergencyAsync(LockdownResult result)
    {
        string opened = await ProgramRunner.RunAsync(new ProgramCall("age", "-d", "-i", _folder["identity.txt"], result.EmergencyKeys!), null, default);
        string[][] keys = [.. opened.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2))];
        Assert.Equal(["shop", "more"], keys.Select(k => k[0]));
        foreach (string[] key in keys)
            Assert.Equal(1, await CountAsync(key[0] + "_keys", $"key_hash = '{Hash(key[1])}' AND name LIKE 'emergency-%' AND NOT is_revoked"));
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories), f =>
            keys.Any(k => Encoding.Latin1.GetString(File.ReadAllBytes(f)).Contains(k[1], StringComparison.Ordinal)));
    }

    private async Task<OpsContext> UpAsync()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        _database = database.Database;
        foreach (string table in new[] { "shop_keys", "more_keys" })
            await postgres.ExecuteAsync(_database, $"CREATE TABLE public.{table} (id bigserial PRIMARY KEY, name text, key_hash text, is_revoked boolean NOT NULL DEFAULT false)");
        await postgres.ExecuteAsync(_database, $"""
            INSERT INTO public.shop_keys (name, key_hash) VALUES ('shop', '{Hash(Own)}'), ('partner', '{Hash("another")}'), ('old', '{Hash("older")}');
            INSERT INTO public.more_keys (name, key_hash) VALUES ('other', '{Hash("others")}')
            """);
        _folder.Write("password", PostgresFixture.Password);
        await LockdownLab.WriteAsync(_folder.Path, Lockdown, secrets: "shop: { apiKey: { table: { database: main, name: shop_keys, hash: key_hash, revoked: { column: is_revoked, value: true } } }, "
            + "uses: [ { file: app.env, key: API_KEY } ] }\n  more: { apiKey: { table: { database: main, name: more_keys, hash: key_hash, revoked: { column: is_revoked, value: true } } } }",
            more: $"databases: {{ main: {{ host: 127.0.0.1, port: {postgres.Port}, name: {_database}, user: postgres, password: \"file:password\" }} }}");
        File.AppendAllText(_folder["app.env"], $"API_KEY={Own}\n");
        OpsContext context = KilledLab.ContextOf(_folder.Path);
        new SecretStore(context).Write(new KeptSecret { Name = "session" });
        return context;
    }

    private static Task<ChangePlan> PlanAsync(OpsContext context) => new LockdownPlanner(context).PlanAsync("a breach", null, [], "Invoke-OpsSecurityLockdown", default);

    private static async Task<LockdownResult> RunAsync(OpsContext context, ChangePlan plan) =>
        new LockdownReport(context).Of((await new ChangeRunner(context).RunAsync(plan, default))!.Change!)!;

    private string Value(string key) => File.ReadAllLines(_folder["app.env"]).Single(l => l.StartsWith(key + "=", StringComparison.Ordinal)).Split('=', 2)[1];

    private Task<long> CountAsync(string table, string condition) => postgres.ScalarAsync<long>(_database, $"SELECT count(*) FROM public.{table} WHERE {condition}");

    private static string Hash(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key))).ToLowerInvariant();
}
