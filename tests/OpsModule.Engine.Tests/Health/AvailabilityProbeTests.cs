using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Reporting;
using Answer = OpsModule.Engine.Areas.Health.AvailabilityProbe.Answer;

namespace OpsModule.Engine.Tests.Health;

public sealed class AvailabilityProbeTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Gaps_and_percentiles_are_summed_up()
    {
        // Ten a second; the fourth to sixth and the last fail.
        Answer[] answers = [.. Enumerable.Range(0, 10).Select(i => new Answer(TimeSpan.FromMilliseconds(100 * i), TimeSpan.FromMilliseconds(10 * (i + 1)), i is not (3 or 4 or 5 or 9), i is 4 ? "503" : i is 3 or 5 or 9 ? "cut" : "200"))];

        AvailabilityRecord record = AvailabilityProbe.Sum(Request("http://x/"), Start, TimeSpan.FromSeconds(1), answers);

        Assert.Equal((10, 4, 60.0), (record.Requests, record.Failures, record.Availability));
        Assert.Equal([new AvailabilityGap(Start.AddMilliseconds(300), TimeSpan.FromMilliseconds(300), 3, "cut"), new AvailabilityGap(Start.AddMilliseconds(900), TimeSpan.FromMilliseconds(100), 1, "cut")], record.Gaps);
        Assert.Equal(TimeSpan.FromMilliseconds(300), record.LongestGap);
        Assert.Equal((30.0, 90.0, 90.0), (record.P50.TotalMilliseconds, record.P95.TotalMilliseconds, record.Slowest.TotalMilliseconds));
        Assert.Equal([("200", 6), ("cut", 3), ("503", 1)], record.Answers.Select(a => (a.Key, a.Value)));
    }

    [Fact]
    public async Task All_requests_are_sent_though_none_is_answered()
    {
        await using var web = new WebServer();
        AvailabilityRecord record = await RunAsync(Request(web.Url("/never")) with { Rate = 20, Duration = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(3) });

        Assert.Equal((20, 20, 0.0), (record.Requests, record.Failures, record.Availability));
        Assert.Equal(20, web.Requests.Count);
        Assert.Equal("no answer in time", Assert.Single(record.Gaps).Reason);
        Assert.True(((IVerdict)record).IsBad());
    }

    [Fact]
    public async Task Good_answers_are_counted_and_timed()
    {
        await using var web = new WebServer();
        AvailabilityRecord record = await RunAsync(Request(web.Url("/ok")) with { Rate = 50, Duration = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(30) });

        Assert.Equal((50, 0, 100.0), (record.Requests, record.Failures, record.Availability));
        Assert.Empty(record.Gaps);
        Assert.True(record.P50 > TimeSpan.Zero && record.P50 <= record.P95 && record.P95 <= record.Slowest);
        Assert.False(((IVerdict)record).IsBad());
    }

    [Fact]
    public async Task A_status_and_a_closed_port_are_failures_with_their_reason()
    {
        await using var web = new WebServer();
        AvailabilityRecord bad = await RunAsync(Request(web.Url("/bad")) with { Rate = 5, Duration = TimeSpan.FromSeconds(1) });
        AvailabilityRecord wanted = await RunAsync(Request(web.Url("/bad")) with { Rate = 5, Duration = TimeSpan.FromSeconds(1), Status = 503 });
        AvailabilityRecord closed = await RunAsync(Request($"http://127.0.0.1:{FreePorts.Take()}/") with { Rate = 5, Duration = TimeSpan.FromSeconds(1) });

        Assert.Equal((5, 0, 5), (bad.Failures, wanted.Failures, closed.Failures));
        Assert.Equal("503", bad.Gaps[0].Reason);
        Assert.Contains("nothing listens there", closed.Gaps[0].Reason);
    }

    private static AvailabilityRequest Request(string url) => new() { Uri = new Uri(url) };

    private static Task<AvailabilityRecord> RunAsync(AvailabilityRequest request) => new AvailabilityProbe(TimeProvider.System).RunAsync(request, null, default);
}
