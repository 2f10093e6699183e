using System.Text.Json;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.S3;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Forwarding;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Forwarding;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Forwarding;

/// <summary>The journal goes to a store, and is compared with what lies there.</summary>
[Collection(SwiftCollection.Name)]
public sealed class ForwardStoreTests(SwiftFixture swift) : IDisposable
{
    private const string Stores = "backups: { stores: { away: { path: away } } }\n";

    private readonly ForwardLab _lab = new();

    private OpsContext Context => _lab.Context("store:away", Stores);

    private string Journal => Path.Combine(_lab.State, "journal.jsonl");

    public void Dispose() => _lab.Dispose();

    private string[] Sent() => Directory.Exists(_lab.Folder["away"]) ? [.. Directory.GetFiles(_lab.Folder["away"], "*.json", SearchOption.AllDirectories).Order()] : [];

    private Task<JournalTestResult> CompareAsync() => new ForwardComparer(Context, "away").TestAsync(null, default);

    [Fact]
    public async Task Each_ended_change_is_an_object_with_the_chains_anchor_and_no_secret()
    {
        string id = await ForwardLab.MakeAsync(Context, "database/main");
        string failed = await ForwardLab.MakeAsync(Context, "database/main", "server said PGPASSWORD=hunter2-hunter2");
        await using (await Context.Journal.BeginAsync("A", "left without an end")) { }

        string[] sent = Sent();
        Assert.Equal(2, sent.Length);
        using JsonDocument first = JsonDocument.Parse(File.ReadAllBytes(sent[0]));
        string anchor = first.RootElement.GetProperty("anchor").GetString()!;
        Assert.StartsWith("3:", anchor, StringComparison.Ordinal);
        Assert.True(new Journal(Context.Environment, TimeProvider.System).Test(anchor).Passed);
        Assert.EndsWith($"000000000003-{anchor[2..]}.json", sent[0], StringComparison.Ordinal);
        JsonElement change = first.RootElement.GetProperty("change");
        Assert.Equal((id, "completed", "(withheld)"), (change.GetProperty("id").GetString(), change.GetProperty("outcome").GetString(), change.GetProperty("data").GetProperty("password").GetString()));
        Assert.Contains(failed, File.ReadAllText(sent[1]), StringComparison.Ordinal);
        Assert.All(sent, s => Assert.DoesNotContain("hunter2", File.ReadAllText(s), StringComparison.Ordinal));
        Assert.Empty(_lab.Reporter.Warnings);
        JournalTestResult result = await CompareAsync();
        Assert.True(result is { Passed: true, IsSuspect: false, Forwarded: 2, NotForwarded: 0 }, result.Message);
    }

    [Fact]
    public async Task What_a_store_does_not_take_is_said_and_sent_with_the_next_change()
    {
        File.WriteAllText(_lab.Folder["away"], "a file where the folder should be");
        string first = await ForwardLab.MakeAsync(Context, "database/a");

        Assert.Contains("could not be sent to store:away", Assert.Single(_lab.Reporter.Warnings), StringComparison.Ordinal);
        Assert.Equal(JournalOutcome.Completed, Context.Journal.Find(first)!.Outcome);
        Assert.Equal(HealthStatus.Degraded, await HealthAsync());

        File.Delete(_lab.Folder["away"]);
        await ForwardLab.MakeAsync(Context, "database/b");

        Assert.Equal(2, Sent().Length);
        Assert.Contains(first, File.ReadAllText(Sent()[0]), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, await HealthAsync());
        Assert.True((await CompareAsync()).Passed);
    }

    /// <summary>By a run of a file that does not name the target, or one that was killed before it sent.</summary>
    [Fact]
    public async Task What_ended_and_was_not_sent_is_found_by_the_journals_end()
    {
        Assert.Equal(HealthStatus.Healthy, await HealthAsync());
        await ForwardLab.MakeAsync(_lab.Context("", Stores), "database/a");
        Assert.Equal(HealthStatus.Unknown, await HealthAsync());
        await ForwardLab.MakeAsync(Context, "database/b");
        Assert.Equal(HealthStatus.Healthy, await HealthAsync());
        await ForwardLab.MakeAsync(_lab.Context("", Stores), "database/c");
        Assert.Equal(HealthStatus.Healthy, await HealthAsync());
        Assert.Equal(HealthStatus.Degraded, await HealthAsync(DateTimeOffset.UtcNow.AddMinutes(6)));
        await ForwardLab.MakeAsync(Context, "database/d");
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(DateTimeOffset.UtcNow.AddMinutes(6)));
    }

    [Fact]
    public async Task Killed_before_the_position_was_noted_it_is_sent_again_and_kept_once()
    {
        await ForwardLab.MakeAsync(Context, "database/a");
        string position = Assert.Single(Directory.GetFiles(Path.Combine(_lab.State, "forward"), "*.json"));
        byte[] before = File.ReadAllBytes(position);
        await ForwardLab.MakeAsync(Context, "database/b");
        File.WriteAllBytes(position, before);
        await ForwardLab.MakeAsync(Context, "database/c");

        Assert.Equal(3, Sent().Length);
        Assert.Empty(_lab.Reporter.Warnings);

        // Something else in its place is no success.
        File.WriteAllBytes(position, before);
        File.WriteAllText(Sent()[1], "{}");
        await ForwardLab.MakeAsync(Context, "database/d");
        Assert.Contains("holds something else", Assert.Single(_lab.Reporter.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_position_that_is_lost_is_said_or_leaves_a_gap_that_the_comparison_tells()
    {
        await ForwardLab.MakeAsync(Context, "database/a");
        string position = Assert.Single(Directory.GetFiles(Path.Combine(_lab.State, "forward"), "*.json"));
        await ForwardLab.MakeAsync(_lab.Context("", Stores), "database/b");
        File.Delete(position);
        await ForwardLab.MakeAsync(Context, "database/c");

        JournalTestResult result = await CompareAsync();
        Assert.True(result is { Passed: true, IsSuspect: true, Forwarded: 2, NotForwarded: 1 }, result.Message);

        File.WriteAllText(position, "{");
        await ForwardLab.MakeAsync(Context, "database/d");
        Assert.Contains("the note of it is damaged", Assert.Single(_lab.Reporter.Warnings), StringComparison.Ordinal);
        Assert.Equal(3, Sent().Length);
    }

    [Theory]
    [InlineData("a line altered", JournalFinding.LineAltered)]
    [InlineData("rewritten from the middle", JournalFinding.ForwardedMismatch)]
    [InlineData("cut off with its head", JournalFinding.ForwardedMismatch)]
    [InlineData("removed and begun anew", JournalFinding.ForwardedMismatch)]
    [InlineData("removed", JournalFinding.ForwardedMismatch)]
    public async Task A_journal_that_was_altered_shortened_or_exchanged_is_found(string how, JournalFinding finding)
    {
        for (int i = 0; i < 4; i++) await ForwardLab.MakeAsync(Context, $"database/{i}");
        Assert.True((await CompareAsync()).Passed);
        string[] lines = File.ReadAllLines(Journal);
        switch (how)
        {
            case "a line altered": File.WriteAllText(Journal, File.ReadAllText(Journal).Replace("database/1", "database/9", StringComparison.Ordinal)); break;
            case "rewritten from the middle": Rewrite(lines, 5); break;
            case "cut off with its head":
                File.WriteAllText(Journal, string.Join('\n', lines[..6]) + "\n");
                JournalLine last = JournalLine.Parse(System.Text.Encoding.UTF8.GetBytes(lines[5]))!;
                File.Delete(Path.Combine(_lab.State, "journal.head"));
                new JournalHead(last.Sequence, last.Hash).Write(Path.Combine(_lab.State, "journal.head"));
                break;
            default:
                Directory.Delete(_lab.State, recursive: true);
                if (how != "removed") await ForwardLab.MakeAsync(Context, "database/1");
                break;
        }

        // Nobody who looks at the journal alone would see it.
        Assert.Equal(finding is not JournalFinding.LineAltered, new Journal(Context.Environment, TimeProvider.System).Test().Passed);
        JournalTestResult result = await CompareAsync();
        Assert.Equal(finding, result.Finding);
        Assert.False(result.Passed);
    }

    [Fact]
    public async Task It_goes_to_an_S3_bucket_and_is_compared_there()
    {
        StoreSettings settings = await swift.NewBucketAsync();
        string more = $"backups: {{ stores: {{ offsite: {{ s3: {settings.Bucket}, endpoint: \"{settings.Endpoint}\", prefix: prod, region: us-east-1, accessKey: \"{SwiftFixture.AccessKey}\", secretKey: \"{SwiftFixture.SecretKey}\" }} }} }}\n";
        OpsContext context = _lab.Context("store:offsite", more);
        for (int i = 0; i < 3; i++) await ForwardLab.MakeAsync(context, $"database/{i}");

        Assert.Empty(_lab.Reporter.Warnings);
        var found = new List<string>();
        await foreach (StoredObject stored in new S3Store(settings).ListAsync("web/journal/", default)) found.Add(stored.Key);
        Assert.Equal(3, found.Count);
        JournalTestResult result = await new ForwardComparer(context, "offsite").TestAsync(null, default);
        Assert.True(result is { Passed: true, IsSuspect: false, Forwarded: 3 }, result.Message);

        Directory.Delete(_lab.State, recursive: true);
        await ForwardLab.MakeAsync(context, "database/9");
        Assert.Equal(JournalFinding.ForwardedMismatch, (await new ForwardComparer(context, "offsite").TestAsync(null, default)).Finding);
    }

    [Fact]
    public async Task One_that_ended_before_the_first_and_comes_to_its_turn_after_it_is_sent_too()
    {
        string overtaken = await ForwardLab.MakeAsync(_lab.Context("", Stores), "database/a");
        await ForwardLab.MakeAsync(Context, "database/b");
        OpsContext context = Context;
        await JournalForwarding.Of(context.Environment, context.Reporter, context.OpenStore)!.SendAsync(overtaken, hurried: false);

        Assert.Contains(overtaken, File.ReadAllText(Sent()[0]), StringComparison.Ordinal);
        JournalTestResult result = await CompareAsync();
        Assert.True(result is { Passed: true, IsSuspect: false, Forwarded: 2, NotForwarded: 0 }, result.Message);
        await ForwardLab.MakeAsync(Context, "database/c");
        Assert.Equal(3, Sent().Length);
    }

    [Fact]
    public async Task Changes_that_end_at_the_same_time_are_each_sent_once_across_closed_files()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            OpsContext context = EnvironmentLoader.Load(_lab.Folder.Write($"ops{i}.yaml", $"environment: web\njournal: {{ forward: [ store:away ] }}\n{Stores}")).Environment is { } environment
                ? Access.OpsContextFactory.Create(environment, _lab.Reporter) : throw new InvalidOperationException();
            for (int round = 0; round < 10; round++)
            {
                await using IJournaledChange change = await new Journal(environment, TimeProvider.System, _lab.Reporter)
                {
                    CloseAt = 5000, Forwarder = JournalForwarding.Of(environment, _lab.Reporter, context.OpenStore),
                }.BeginAsync("A", $"t/{i}");
                await change.CompleteAsync("done");
            }
        })));

        Assert.Empty(_lab.Reporter.Warnings);
        Assert.NotEmpty(JournalSegment.Of(_lab.State));
        JournalTestResult result = await CompareAsync();
        Assert.True(result is { Passed: true, IsSuspect: false, Forwarded: 40, NotForwarded: 0 }, result.Message);
    }

    private async Task<HealthStatus> HealthAsync(DateTimeOffset? at = null)
    {
        OpsContext context = at is { } now ? Context with { Time = new Alerts.StillClock { Now = now } } : Context;
        var found = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(context).RunAsync(new HealthRequest { Checks = ["journal.forwarded"] }, default)) found.Add(result);
        return Assert.Single(found).Status;
    }

    /// <summary>What somebody does who knows the format: lines from one on are other ones, and the chain and the head fit them.</summary>
    private void Rewrite(string[] lines, int from)
    {
        var written = new List<string>(lines[..from]);
        string previous = JournalLine.Parse(System.Text.Encoding.UTF8.GetBytes(lines[from - 1]))!.Hash;
        foreach (string line in lines[from..])
        {
            JournalLine old = JournalLine.Parse(System.Text.Encoding.UTF8.GetBytes(line))!;
            (byte[] bytes, previous) = (old with { Target = "database/innocent", Previous = previous }).Seal();
            written.Add(System.Text.Encoding.UTF8.GetString(bytes));
        }
        File.WriteAllText(Journal, string.Join('\n', written) + "\n");
        new JournalHead(lines.Length, previous).Write(Path.Combine(_lab.State, "journal.head"));
    }
}
