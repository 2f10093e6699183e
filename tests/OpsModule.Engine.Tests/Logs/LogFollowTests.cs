using OpsModule.Engine.Areas.Logs;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>Following services of a platform that is a fake.</summary>
public sealed class LogFollowTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);

    private readonly FakeLogPlatform _platform = new();
    private readonly Warnings _warnings = new();

    [Fact]
    public async Task What_is_written_later_comes_when_it_is_written_and_once()
    {
        FakeInstance one = _platform.Add("api", "api-1");
        one.Write(Start, "old");
        one.Write(Start.AddSeconds(1), "last");
        await using var following = new Following(_platform, _warnings, new LogQuery { Follow = true, Tail = 1 });
        Assert.Equal("last", await following.NextAsync());
        one.Write(Start.AddSeconds(1), "at the same time");
        one.Write(Start.AddSeconds(2), "new");
        Assert.Equal(["at the same time", "new"], [await following.NextAsync(), await following.NextAsync()]);
    }

    [Fact]
    public async Task A_replaced_instance_is_followed_further_and_a_restarted_one_without_repeating_itself()
    {
        FakeInstance one = _platform.Add("api", "api-1");
        one.Write(Start, "first");
        await using var following = new Following(_platform, _warnings, new LogQuery { Services = ["api"], Follow = true });
        Assert.Equal("first", await following.NextAsync());
        one.Write(Start.AddSeconds(1), "second");
        Assert.Equal("second", await following.NextAsync());
        one.End();
        one.Write(Start.AddSeconds(1), "after the restart");
        one.Restart();
        Assert.Equal("after the restart", await following.NextAsync());
        _platform.Remove(one);
        _platform.Add("api", "api-2").Write(Start.AddSeconds(3), "the successor");
        Assert.Equal("the successor", await following.NextAsync());
        Assert.Empty(_warnings.Texts);
    }

    [Fact]
    public async Task A_stack_trace_that_is_followed_comes_whole_without_waiting_for_the_next_line()
    {
        FakeInstance one = _platform.Add("api", "api-1");
        await using var following = new Following(_platform, _warnings, new LogQuery { Follow = true });
        one.Write(Start, "TypeError: boom");
        one.Write(Start, "    at run (/a.js:7)");
        Assert.Equal("TypeError: boom\n    at run (/a.js:7)", await following.NextAsync());
    }

    [Fact]
    public async Task Instances_that_write_at_once_are_put_in_order()
    {
        FakeInstance one = _platform.Add("api", "api-1"), two = _platform.Add("api", "api-2");
        one.Write(Start, "both are read");
        await using var following = new Following(_platform, _warnings, new LogQuery { Follow = true });
        Assert.Equal("both are read", await following.NextAsync());
        two.Write(Start.AddSeconds(1), "warm");
        Assert.Equal("warm", await following.NextAsync());
        while (_platform.Listings < 3) await Task.Delay(10);
        for (int i = 0; i < 100; i++) one.Write(Start.AddSeconds(10 + 2 * i), $"{2 * i}");
        for (int i = 0; i < 100; i++) two.Write(Start.AddSeconds(11 + 2 * i), $"{2 * i + 1}");
        var read = new List<string>();
        while (read.Count < 200) read.Add(await following.NextAsync());
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), read);
    }

    [Fact]
    public async Task An_engine_that_is_away_for_a_while_is_said_once_and_waited_for()
    {
        FakeInstance one = _platform.Add("api", "api-1");
        one.Write(Start, "first");
        await using var following = new Following(_platform, _warnings, new LogQuery { Follow = true });
        Assert.Equal("first", await following.NextAsync());
        one.Write(Start.AddMilliseconds(1), "followed");
        Assert.Equal("followed", await following.NextAsync());
        _platform.ListingFails = new OpsException("EngineUnreachable", OpsErrorCategory.ResourceUnavailable, "No engine.", "");
        for (int listings = _platform.Listings; _platform.Listings < listings + 3;) await Task.Delay(20);
        _platform.Add("api", "api-2").Write(Start.AddSeconds(1), "second");
        _platform.ListingFails = null;
        Assert.Equal("second", await following.NextAsync());
        Assert.Equal("No engine. It is tried again until it can be read.", Assert.Single(_warnings.Texts));
    }

    [Fact]
    public async Task Cancelling_ends_it_at_once()
    {
        _platform.Add("api", "api-1").Write(Start, "first");
        var following = new Following(_platform, _warnings, new LogQuery { Follow = true });
        Assert.Equal("first", await following.NextAsync());
        ValueTask<string> next = following.NextAsync();
        await following.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    private sealed class Warnings : IOpsReporter
    {
        public List<string> Texts { get; } = [];

        public void Progress(OpsProgress progress) { }

        public void Verbose(string message) { }

        public void Warning(string message) => Texts.Add(message);
    }

    private sealed class Following : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(2));
        private readonly IAsyncEnumerator<IReadOnlyList<LogEntry>> _batches;
        private readonly Queue<string> _read = new();

        public Following(FakeLogPlatform platform, IOpsReporter reporter, LogQuery query) =>
            _batches = new LogReader(platform, reporter, TimeProvider.System, e => throw e) { ReorderWindow = TimeSpan.FromSeconds(3) }.ReadAsync(query, _stop.Token).GetAsyncEnumerator(_stop.Token);

        public async ValueTask<string> NextAsync()
        {
            while (_read.Count == 0 && await _batches.MoveNextAsync())
                foreach (LogEntry entry in _batches.Current) _read.Enqueue(entry.Message);
            return _read.Dequeue();
        }

        public Task CancelAsync() => _stop.CancelAsync();

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _batches.DisposeAsync();
            _stop.Dispose();
        }
    }
}
