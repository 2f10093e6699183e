using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpsModule.Engine.Areas.Lockdown;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Lockdown;

/// <summary>A lockdown: evidence that the key alone opens, each part, and what is still open.</summary>
public sealed class LockdownTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Evidence_is_kept_first_and_is_read_with_the_key_alone()
    {
        using OpsContext context = await ContextAsync();
        ChangePlan plan = await PlanAsync(context);
        Assert.True(plan.Irreversible);
        Assert.Contains(plan.Warnings, w => w.StartsWith("Keys: nothing is declared", StringComparison.Ordinal));

        LockdownResult result = await RunAsync(context, plan);

        Assert.True(result.IsComplete, string.Join("; ", result.Open));
        Assert.Equal(Enum.GetValues<LockdownPart>(), result.Parts.Select(p => p.Part));
        Assert.StartsWith("rotation of session", result.Parts.Single(p => p.Part == LockdownPart.Secrets).Words);
        Assert.DoesNotContain(LockdownLab.First, File.ReadAllText(_folder["app.env"]));
        Assert.Equal(result.EvidenceSha256, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(result.Evidence!))).ToLowerInvariant());
        Assert.Equal(result.EvidenceSha256, context.Journal.Find(result.Change!)!.Data["evidence.sha256"]);
        // What lies there says nothing to anybody else.
        Assert.StartsWith("age-encryption.org/v1", Encoding.Latin1.GetString(File.ReadAllBytes(result.Evidence!)));
        IReadOnlyDictionary<string, string> files = await OpenAsync(result.Evidence!);
        Assert.Contains("about.json", files.Keys);
        Assert.Contains("logs/lines-0001.jsonl", files.Keys);
        Assert.Contains("\"Invoke-OpsSecurityLockdown\"", files["journal/journal.jsonl"]);
        Assert.Equal("a breach", JsonDocument.Parse(files["about.json"]).RootElement.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Without_anybody_to_encrypt_to_nothing_is_done()
    {
        using OpsContext context = await ContextAsync();
        using OpsContext plain = context with { Environment = context.Environment with { Backups = context.Environment.Backups with { Recipients = [] } } };

        Assert.Equal("EvidenceNotPossible", (await Assert.ThrowsAsync<OpsException>(() => PlanAsync(plain))).ErrorId);
        Assert.Contains(LockdownLab.First, File.ReadAllText(_folder["app.env"]));
    }

    [Fact]
    public async Task Evidence_that_cannot_be_kept_keeps_everything_else_from_being_done()
    {
        using OpsContext context = await ContextAsync();
        ChangePlan plan = await PlanAsync(context);
        Directory.Delete(_folder["evidence"], recursive: true);
        File.WriteAllText(_folder["evidence"], "no folder");

        Assert.Equal("EvidenceFailed", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).RunAsync(plan, default))).ErrorId);
        Assert.Contains(LockdownLab.First, File.ReadAllText(_folder["app.env"]));
    }

    [Fact]
    public async Task A_rotation_that_was_killed_inside_of_it_is_gone_on_with()
    {
        using OpsContext context = await ContextAsync();
        File.WriteAllBytes(_folder["plan.json"], PlanFile.Write(await PlanAsync(context)));
        Assert.Equal(137, await Probe.RunPlanAsync("write-1", _folder.Path));
        JournalEntry killed = context.Journal.FindUnfinished().Select(u => context.Journal.Find(u.Id)!).Single(e => e.Kind == LockDownEnvironment.KindName);

        await new ChangeRunner(context).ResumeAsync(killed, default);

        Assert.True(new LockdownReport(context).Of(killed.Id)!.IsComplete);
        Assert.Empty(context.Journal.FindUnfinished());
        Assert.DoesNotContain(LockdownLab.First, File.ReadAllText(_folder["app.env"]));
        // Once, and not once more by the lockdown itself.
        Assert.Single(Directory.EnumerateFiles(_folder["evidence"], "evidence-*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_secret_that_cannot_be_rotated_stays_open_and_is_rotated_later()
    {
        using OpsContext context = await ContextAsync();
        File.WriteAllText(_folder["app.env"], "SESSION=\n");
        ChangePlan plan = await PlanAsync(context);
        Assert.Contains(plan.Warnings, w => w.StartsWith("session cannot be rotated", StringComparison.Ordinal));
        var runner = new ChangeRunner(context);
        Assert.Equal("LockdownOpen", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);

        File.WriteAllText(_folder["app.env"], $"SESSION={LockdownLab.First}\n");
        await runner.ResumeAsync(context.Journal.Find(runner.Latest!)!, default);

        Assert.True(new LockdownReport(context).Of(runner.Latest!)!.IsComplete);
        Assert.DoesNotContain(LockdownLab.First, File.ReadAllText(_folder["app.env"]));
    }

    /// <summary>What signs tokens is replaced at once, whatever overlap is declared, and so is a list of keys: by one new key.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("before keys-told")]
    [InlineData("before rotation-told")]
    public async Task What_signs_tokens_and_a_list_of_keys_end_at_once(string? line)
    {
        await LockdownLab.WriteAsync(_folder.Path, "keys: true", rotated: "session, jwt", secrets: "jwt: { jwt: { lifetime: 15m, refresh: 14d }, "
            + "uses: [ { file: app.env, key: JWT, previous: JWT_PREVIOUS } ] }\n  list: { apiKey: { list: true }, overlap: 7d, uses: [ { file: app.env, key: API_KEYS, form: list } ] }");
        File.AppendAllText(_folder["app.env"], "JWT=old-jwt-value-that-signs-1\nJWT_PREVIOUS=older-jwt-value-that-signs\nAPI_KEYS=list-key-of-one-1,list-key-of-two-2\n");
        using OpsContext context = KilledLab.ContextOf(_folder.Path);
        new SecretStore(context).Write(new KeptSecret { Name = "session" });
        ChangePlan plan = await PlanAsync(context);

        LockdownResult result = line is null ? await RunAsync(context, plan) : await DieAsync(context, plan, line);

        // Nothing is declared that asks with the old keys of the list, which is not as if they were refused; after a kill, too.
        Assert.StartsWith("list is replaced, and not all of that is proven", Assert.Single(result.Open));
        Assert.Equal(LockdownPartState.Partly, result.Parts.Single(p => p.Part == LockdownPart.Keys).State);
        Assert.Equal(LockdownPartState.Done, result.Parts.Single(p => p.Part == LockdownPart.Secrets).State);
        Assert.Empty(context.Journal.FindUnfinished());
        Dictionary<string, string> now = File.ReadAllLines(_folder["app.env"]).Select(l => l.Split('=', 2)).ToDictionary(l => l[0], l => l[1]);
        Assert.DoesNotContain("old", now["JWT"] + now["JWT_PREVIOUS"]);
        Assert.DoesNotContain(",", now["API_KEYS"]);
        Assert.DoesNotContain("list-key-of", now["API_KEYS"]);
        Assert.NotEqual(LockdownLab.First, now["SESSION"]);
    }

    private async Task<LockdownResult> DieAsync(OpsContext context, ChangePlan plan, string line)
    {
        File.WriteAllBytes(_folder["plan.json"], PlanFile.Write(plan));
        Assert.Equal(137, await Probe.RunPlanAsync(line, _folder.Path));
        JournalEntry killed = context.Journal.FindUnfinished().Select(u => context.Journal.Find(u.Id)!).Single(e => e.Kind == LockDownEnvironment.KindName);
        string before = File.ReadAllText(_folder["app.env"]);
        await new ChangeRunner(context).ResumeAsync(killed, default);
        // What was replaced by then is not replaced once more.
        foreach (string row in before.Split('\n').Where(r => r.StartsWith("API_KEYS=", StringComparison.Ordinal)))
            Assert.Contains(row, File.ReadAllText(_folder["app.env"]));
        return new LockdownReport(context).Of(killed.Id)!;
    }

    [Fact]
    public async Task What_evidence_lacks_is_said_and_keeps_nothing_else()
    {
        await LockdownLab.WriteAsync(_folder.Path, more: $"databases: {{ gone: {{ host: 127.0.0.1, port: {FreePorts.Take()}, name: x, user: x, password: x }} }}");
        using OpsContext context = KilledLab.ContextOf(_folder.Path);
        new SecretStore(context).Write(new KeptSecret { Name = "session" });

        LockdownResult result = await RunAsync(context, await PlanAsync(context));

        Assert.Equal(LockdownPartState.Partly, result.Parts.Single(p => p.Part == LockdownPart.Evidence).State);
        Assert.Contains(result.Open, o => o.StartsWith("Evidence lacks something:", StringComparison.Ordinal));
        Assert.False(result.IsComplete);
        Assert.Contains("missing", (await OpenAsync(result.Evidence!))["about.json"]);
        Assert.DoesNotContain(LockdownLab.First, File.ReadAllText(_folder["app.env"]));
    }

    [Fact]
    public async Task What_is_left_out_is_said()
    {
        using OpsContext context = await ContextAsync();

        LockdownResult result = await RunAsync(context, await PlanAsync(context, LockdownPart.Evidence, LockdownPart.Secrets));

        Assert.Equal([LockdownPartState.Skipped, LockdownPartState.Skipped],
            result.Parts.Where(p => p.Part is LockdownPart.Evidence or LockdownPart.Secrets).Select(p => p.State));
        Assert.Contains("Evidence was left out", result.Open);
        Assert.Null(result.Evidence);
        Assert.Contains(LockdownLab.First, File.ReadAllText(_folder["app.env"]));
    }

    private async Task<OpsContext> ContextAsync()
    {
        await LockdownLab.WriteAsync(_folder.Path);
        OpsContext context = KilledLab.ContextOf(_folder.Path);
        new SecretStore(context).Write(new KeptSecret { Name = "session" });
        return context;
    }

    private static Task<ChangePlan> PlanAsync(OpsContext context, params LockdownPart[] skip) =>
        new LockdownPlanner(context).PlanAsync("a breach", null, skip, "Invoke-OpsSecurityLockdown", default);

    private static async Task<LockdownResult> RunAsync(OpsContext context, ChangePlan plan) =>
        new LockdownReport(context).Of((await new ChangeRunner(context).RunAsync(plan, default))!.Change!)!;

    private async Task<IReadOnlyDictionary<string, string>> OpenAsync(string file)
    {
        string tar = _folder["opened.tar"];
        await ProgramRunner.RunAsync(new ProgramCall("age", "-d", "-i", _folder["identity.txt"], "-o", tar, file), null, default);
        var files = new Dictionary<string, string>();
        await using FileStream stream = File.OpenRead(tar);
        await using var reader = new TarReader(stream);
        while (await reader.GetNextEntryAsync(copyData: true) is { } entry)
        {
            using var text = new StreamReader(entry.DataStream ?? Stream.Null);
            files[entry.Name] = await text.ReadToEndAsync();
        }
        return files;
    }
}
