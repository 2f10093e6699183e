using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Tests.Health;

public sealed class HealthWatcherTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    // H healthy, D degraded, U unhealthy; the rounds at which something is said, and what.
    [InlineData("HHHHHH", 2, "")]
    [InlineData("UUUU", 2, "2:U")]
    [InlineData("HHUHHH", 2, "")]
    [InlineData("HHUUHH", 2, "4:U 6:H")]
    [InlineData("HHDDUU", 2, "4:D 6:U")]
    [InlineData("HUH", 1, "2:U 3:H")]
    [InlineData("HUHUHUHUHU", 2, "6:U*")]
    [InlineData("HUHUHUUUUUUUUUUUUU", 2, "6:U* 16:U")]
    public void A_status_counts_when_it_lasts(string rounds, int damping, string expected)
    {
        var memory = new HealthMemory(damping);
        var said = new List<string>();
        for (int i = 0; i < rounds.Length; i++)
            if (memory.Take(Result(rounds[i], i)) is { } change) said.Add($"{i + 1}:{change.Status.ToString()[0]}{(change.Flapping ? "*" : "")}");
        Assert.Equal(expected, string.Join(' ', said));
    }

    [Fact]
    public void A_change_says_what_was_before_and_for_how_long()
    {
        var memory = new HealthMemory(2);
        HealthChange? change = null;
        for (int i = 0; i < 6; i++) change = memory.Take(Result("HHHHUU"[i], i));

        Assert.Equal((HealthStatus.Healthy, TimeSpan.FromMinutes(4), Start.AddMinutes(4)), (change!.Previous, change.Lasted, change.Time));
    }

    [Fact]
    public async Task Rounds_see_what_changes_between_them()
    {
        OpsContext context = _lab.Context("");
        string folder = _lab.Folder[".ops"];
        var changes = new List<HealthChange>();
        var request = new HealthWatchRequest { Health = new HealthRequest { Checks = ["journal"] }, Interval = TimeSpan.FromMilliseconds(1), Damping = 1, Rounds = 3 };
        await using (var change = await context.Journal.BeginAsync("Test", "target")) await change.CompleteAsync("done");
        string file = Path.Combine(folder, "journal.jsonl"), good = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, good.Replace("target", "tarted"));

        await foreach (HealthChange change in new HealthWatcher(context).RunAsync(request, default))
        {
            changes.Add(change);
            await File.WriteAllTextAsync(file, good);
        }

        Assert.Equal([(HealthStatus.Unhealthy, (HealthStatus?)null), (HealthStatus.Healthy, HealthStatus.Unhealthy)], changes.Select(c => (c.Status, c.Previous)));
    }

    /// <summary>A check that tells only of what is wrong says nothing when that is over; it must not stay bad for ever.</summary>
    [Fact]
    public async Task What_is_not_told_of_any_more_is_well_again()
    {
        await using var web = new Fixtures.WebServer();
        // The check's own request, then two samples; and again.
        foreach (string status in (string[])["200 OK", "503 Busy", "200 OK"]) web.First.Enqueue((status, ""));
        OpsContext context = _lab.Context($"services: {{ api: {{ health: \"{web.Url("/ok")}\" }} }}\nthresholds: {{ http.p95: {{ warning: 1m, critical: 2m }} }}");
        var request = new HealthWatchRequest { Health = new HealthRequest { Checks = ["http"], Samples = 2 }, Interval = TimeSpan.FromMilliseconds(1), Damping = 1, Rounds = 2 };
        var changes = new List<HealthChange>();
        await foreach (HealthChange change in new HealthWatcher(context).RunAsync(request, default)) changes.Add(change);
        Assert.Equal([("http.errors", HealthStatus.Unhealthy), ("http.errors", HealthStatus.Healthy)], changes.Select(c => (c.Check, c.Status)));
    }

    private static HealthResult Result(char status, int minute) => new()
    {
        Check = "c",
        Target = "t",
        Environment = "e",
        Message = "m",
        Time = Start.AddMinutes(minute),
        Status = status switch { 'H' => HealthStatus.Healthy, 'D' => HealthStatus.Degraded, _ => HealthStatus.Unhealthy },
    };
}
