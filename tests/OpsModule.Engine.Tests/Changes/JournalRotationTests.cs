using System.Diagnostics;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes;

/// <summary>The journal is closed into files by size, and stays one chain.</summary>
public sealed class JournalRotationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder["state"];

    private string Active => Path.Combine(State, "journal.jsonl");

    public void Dispose() => _folder.Dispose();

    private Journal Open() => new(MadeJournal.Of(State), TimeProvider.System) { CloseAt = 4000 };

    private async Task MakeAsync(int changes)
    {
        for (int i = 0; i < changes; i++)
        {
            await using IJournaledChange change = await Open().BeginAsync("Test-Action", $"t/{i}");
            await change.StepAsync("step");
            await change.CompleteAsync("done");
        }
    }

    [Fact]
    public async Task Files_are_named_after_their_first_line_and_hold_one_chain()
    {
        await MakeAsync(30);

        IReadOnlyList<JournalSegment> closed = JournalSegment.Of(State);
        Assert.True(closed.Count >= 4, $"{closed.Count} files");
        Assert.Equal(1, closed[0].First);
        Assert.All(closed, s => Assert.StartsWith($"{{\"seq\":{s.First},", File.ReadAllText(s.Path), StringComparison.Ordinal));
        Assert.All(closed, s => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(s.Path)));
        JournalTestResult result = Open().Test();
        Assert.True(result.Passed, result.Message);
        Assert.Equal(90, result.Entries);
        Assert.Equal(30, Open().Find(new JournalQuery(), out _).Count);
    }

    [Theory]
    [InlineData("the file was renamed, and there is no new one")]
    [InlineData("the new file is empty")]
    [InlineData("the new file holds half a line")]
    [InlineData("the new file holds a line that is not confirmed")]
    public async Task Killed_while_a_file_is_closed_the_next_line_goes_on(string where)
    {
        await MakeAsync(2);
        int entries = (int)Open().Test().Entries;
        File.Move(Active, JournalSegment.PathOf(State, 1));
        if (where.Contains("empty", StringComparison.Ordinal)) File.WriteAllText(Active, "");
        if (where.Contains("half", StringComparison.Ordinal)) File.WriteAllText(Active, "{\"seq\":7,\"time\":\"20");
        if (where.Contains("confirmed", StringComparison.Ordinal))
        {
            string head = File.ReadAllText(Path.Combine(State, "journal.head"));
            await MakeAsync(1);
            File.WriteAllLines(Active, File.ReadAllLines(Active)[..1]);
            File.WriteAllText(Path.Combine(State, "journal.head"), head);
            entries++;
        }
        Assert.Equal(2, Open().Find(new JournalQuery(), out _).Count(c => c.Outcome is JournalOutcome.Completed));
        JournalTestResult before = Open().Test();
        Assert.Equal(where.Contains("half", StringComparison.Ordinal) ? JournalFinding.LastLineTorn : JournalFinding.None, before.Finding);
        Assert.Equal(entries, before.Entries);

        await MakeAsync(1);

        JournalTestResult result = Open().Test();
        Assert.True(result.Passed, result.Message);
        Assert.Equal(3, Open().Find(new JournalQuery(), out _).Count(c => c.Outcome is JournalOutcome.Completed));
    }

    [Fact]
    public async Task Two_processes_that_are_killed_again_and_again_leave_one_chain_and_nothing_unfinished_goes_unseen()
    {
        var random = Proof.Random();
        await using (await Open().BeginAsync("Test-Action", "t/left")) { }
        for (int i = 0; i < Proof.Cases(30, 3); i++) await Task.WhenAll(KillAsync(random.Next(5, 60)), KillAsync(random.Next(5, 60)));
        Assert.True(File.Exists(Path.Combine(State, "journal.open")));
        await MakeAsync(1);

        JournalTestResult result = Open().Test();
        Assert.True(result.Passed, result.Message);
        Assert.NotEmpty(JournalSegment.Of(State));
        IReadOnlyList<JournalEntry> all = Open().Find(new JournalQuery(), out int damaged);
        Assert.Equal(0, damaged);
        Assert.Equal(("t/left", JournalOutcome.Unfinished), (all[0].Target, all[0].Outcome));
        Assert.Equal(all.Where(c => c.Outcome is JournalOutcome.Unfinished).Select(c => c.Id), Open().FindUnfinished().Select(c => c.Id));
    }

    private async Task KillAsync(int after)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in new[] { typeof(Probe).Assembly.Location, "journal", "never", State, "5432", "none" }) info.ArgumentList.Add(argument);
        using Process process = Process.Start(info)!;
        for (int line = after; line > 0; line--) Assert.NotNull(await process.StandardOutput.ReadLineAsync());
        process.Kill();
        await process.WaitForExitAsync();
    }

    [Theory]
    [InlineData("oldest removed", JournalFinding.ChainBroken)]
    [InlineData("middle removed", JournalFinding.ChainBroken)]
    [InlineData("newest closed and open ones removed", JournalFinding.LinesMissing)]
    [InlineData("two exchanged", JournalFinding.ChainBroken)]
    [InlineData("one put in twice", JournalFinding.ChainBroken)]
    [InlineData("last line cut", JournalFinding.ChainBroken)]
    [InlineData("last line torn", JournalFinding.LineAltered)]
    [InlineData("of another journal", JournalFinding.ChainBroken)]
    public async Task A_closed_file_that_was_touched_is_found(string how, JournalFinding finding)
    {
        await MakeAsync(30);
        string[] closed = [.. JournalSegment.Of(State).Select(s => s.Path)];
        string[] Lines() => File.ReadAllLines(closed[1]);
        switch (how)
        {
            case "oldest removed": File.Delete(closed[0]); break;
            case "middle removed": File.Delete(closed[1]); break;
            case "newest closed and open ones removed": File.Delete(closed[^1]); File.Delete(Active); break;
            case "two exchanged": File.Move(closed[0], closed[0] + "x"); File.Move(closed[1], closed[0]); File.Move(closed[0] + "x", closed[1]); break;
            case "one put in twice": File.Copy(closed[1], JournalSegment.PathOf(State, JournalSegment.Of(State)[1].First + 1)); break;
            case "last line cut": File.WriteAllText(closed[1], string.Join('\n', Lines()[..^1]) + "\n"); break;
            case "last line torn": File.WriteAllText(closed[1], File.ReadAllText(closed[1])[..^20]); break;
            default:
                MadeJournal.Write(_folder["other"], (int)JournalSegment.Of(State)[1].First - 1);
                File.Copy(Path.Combine(_folder["other"], "journal.jsonl"), closed[0], overwrite: true);
                break;
        }

        JournalTestResult result = Open().Test();

        Assert.Equal(finding, result.Finding);
        await MakeAsync(1);
        Assert.False(Open().Test().Passed);
    }

    [Fact]
    public async Task Readers_see_every_line_while_files_are_closed_under_them()
    {
        // Between the first line of all and its head there is none.
        await MakeAsync(1);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await MakeAsync(1);
        });
        int before = 0;
        for (int i = 0; i < 20 || JournalSegment.Of(State).Count < 5; i++)
        {
            int found = Open().Find(new JournalQuery(), out int damaged).Count;
            Assert.True(found >= before && damaged == 0, $"{found} after {before}, {damaged} damaged");
            JournalTestResult result = Open().Test();
            Assert.True(result.Passed || result.Finding is JournalFinding.LastLineTorn, result.Message);
            before = found;
        }
        await stop.CancelAsync();
        await writing;
    }
}
