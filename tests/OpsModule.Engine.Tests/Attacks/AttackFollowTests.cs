using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Logs;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Files and services that are followed.</summary>
public sealed class AttackFollowTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_is_followed_through_rotation_and_truncation()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 4));
        await using IAsyncEnumerator<IReadOnlyList<AttackMatch>> hunt = Follow(new AttackSources { Files = [log], Follow = true, Baseline = _folder["baseline"] }, null);
        Assert.Equal([0, 3], await TakeAsync(hunt, 2));
        File.AppendAllText(log, Hunting.Line(6)); // without its end
        await Task.Delay(500);
        File.AppendAllText(log, "\n" + Hunting.Line(9));
        Assert.Equal([6], await TakeAsync(hunt, 1));
        File.Move(log, log + ".1");
        File.WriteAllText(log, Hunting.Lines(12, 1));
        Assert.Equal([9, 12], await TakeAsync(hunt, 2)); // nobody will finish the last line of the old one
        File.WriteAllText(log, "");
        await Task.Delay(500);
        File.AppendAllText(log, Hunting.Lines(15, 1));
        Assert.Equal([15], await TakeAsync(hunt, 1));
        Assert.Contains("truncated", Assert.Single(_reporter.Warnings));
        Task<bool> waiting = hunt.MoveNextAsync().AsTask();
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        File.AppendAllText(log, Hunting.Lines(18, 1));
        Assert.Equal([18], (await Hunting.RunAsync(new AttackSources { Files = [log], Baseline = _folder["baseline"] })).Numbers());
    }

    [Fact]
    public async Task A_file_that_is_not_there_yet_is_waited_for()
    {
        await using IAsyncEnumerator<IReadOnlyList<AttackMatch>> hunt = Follow(new AttackSources { Files = [_folder["a.log"]], Follow = true }, null);
        Task<IEnumerable<int>> found = TakeAsync(hunt, 1);
        await Task.Delay(500);
        _folder.Write("a.log", Hunting.Lines(0, 1));
        Assert.Equal([0], await found);
        Assert.Contains("tried again", Assert.Single(_reporter.Warnings));
        await _stop.CancelAsync();
    }

    [Fact]
    public async Task A_service_is_followed_when_its_container_is_replaced()
    {
        using var platform = new FakeLogPlatform();
        FakeInstance first = platform.Add("web", "web-1");
        DateTimeOffset time = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);
        first.Write(time, Hunting.Line(0));
        await using IAsyncEnumerator<IReadOnlyList<AttackMatch>> hunt = Follow(new AttackSources { Services = ["web"], Follow = true }, platform);
        Assert.Equal([0], await TakeAsync(hunt, 1));
        first.Write(time.AddSeconds(1), Hunting.Line(3));
        Assert.Equal([3], await TakeAsync(hunt, 1));
        platform.Remove(first);
        platform.Add("web", "web-2").Write(time.AddSeconds(2), Hunting.Line(6));
        Assert.Equal([6], await TakeAsync(hunt, 1));
        Task<bool> waiting = hunt.MoveNextAsync().AsTask();
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private IAsyncEnumerator<IReadOnlyList<AttackMatch>> Follow(AttackSources sources, FakeLogPlatform? platform) =>
        new AttackHunt(Hunting.Query, sources, platform, _reporter, TimeProvider.System) { Scanner = Hunting.Usual }.RunAsync(_stop.Token).GetAsyncEnumerator(_stop.Token);

    private static async Task<IEnumerable<int>> TakeAsync(IAsyncEnumerator<IReadOnlyList<AttackMatch>> hunt, int count)
    {
        var found = new List<AttackMatch>();
        while (found.Count < count && await hunt.MoveNextAsync()) found.AddRange(hunt.Current);
        return found.Numbers();
    }
}
