using System.Text;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Unended;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes;

/// <summary>What is unfinished is found from an index on, and found all the same when the index is missing, old, damaged or of another journal.</summary>
public sealed class OpenChangeTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();

    private string State => _folder["state"];

    private string Index => OpenIndex.PathOf(State);

    public void Dispose() => _folder.Dispose();

    private Journal Open() => new(MadeJournal.Of(State), TimeProvider.System, _reporter) { CloseAt = 256 * 1024 };

    private async Task<string> LeaveAsync(string target)
    {
        await using IJournaledChange change = await Open().BeginAsync("Restore-OpsDatabase", target, new Dictionary<string, string> { ["a"] = "1" });
        await change.StepAsync("staged", new Dictionary<string, string> { ["a"] = "2" });
        return change.Id;
    }

    private async Task FillAsync(int changes)
    {
        for (int i = 0; i < changes; i++)
        {
            await using IJournaledChange change = await Open().BeginAsync("Fill", $"t/{i}", new Dictionary<string, string> { ["text"] = new('x', 2000) });
            await change.CompleteAsync("done");
        }
    }

    [Fact]
    public async Task It_is_found_through_an_index_that_later_lines_make_old_and_through_closed_files()
    {
        MadeJournal.Write(State, 5000, 256 * 1024);
        string first = await LeaveAsync("database/a");

        Assert.Equal(first, Assert.Single(Open().FindUnfinished()).Id);
        Assert.True(File.Exists(Index));
        byte[] before = File.ReadAllBytes(Index);
        string second = await LeaveAsync("database/b");
        Assert.Equal([first, second], Open().FindUnfinished().Select(c => c.Id));
        Assert.Equal(before, File.ReadAllBytes(Index));

        await FillAsync(300);
        Assert.Equal([first, second], Open().FindUnfinished().Select(c => c.Id));
        Assert.NotEqual(before, File.ReadAllBytes(Index));
        UnfinishedChange found = Assert.Single(Open().FindUnfinished("database/a"));
        Assert.Equal(("staged", "2"), (found.LastStep, found.Data["a"]));
        Assert.True(JournalSegment.Of(State).Count > 3);

        await using (IJournaledChange again = await Open().ContinueAsync(found)) await again.FailAsync("Undone", "put back");
        Assert.Equal(second, Assert.Single(Open().FindUnfinished()).Id);
        Assert.True(Open().Test().Passed, Open().Test().Message);
        Assert.Empty(_reporter.Warnings);
    }

    [Theory]
    [InlineData("removed", false)]
    [InlineData("emptied", true)]
    [InlineData("cut", true)]
    [InlineData("altered", true)]
    [InlineData("of another journal", true)]
    [InlineData("of the same journal, longer before", true)]
    public async Task An_index_that_cannot_be_used_is_made_anew_from_the_journal(string how, bool isSaid)
    {
        MadeJournal.Write(State, 2000);
        string left = await LeaveAsync("database/a");
        Assert.Single(Open().FindUnfinished());
        switch (how)
        {
            case "removed": File.Delete(Index); break;
            case "emptied": File.WriteAllText(Index, ""); break;
            case "cut": File.WriteAllBytes(Index, File.ReadAllBytes(Index)[..^10]); break;
            case "altered": File.WriteAllText(Index, File.ReadAllText(Index).Replace(left, "20260101T000000Z-000001", StringComparison.Ordinal)); break;
            case "of another journal":
                MadeJournal.Write(_folder["other"], 3000);
                Assert.Empty(new Journal(MadeJournal.Of(_folder["other"]), TimeProvider.System).FindUnfinished());
                File.Copy(OpenIndex.PathOf(_folder["other"]), Index, overwrite: true);
                break;
            default:
                // As after a power failure that took the journal's last lines and not the index.
                File.Delete(Path.Combine(State, "journal.jsonl"));
                File.Delete(Path.Combine(State, "journal.head"));
                left = await LeaveAsync("database/b");
                break;
        }

        string[] found = [.. Open().FindUnfinished().Select(c => c.Id)];

        Assert.Contains(left, found);
        Assert.Equal(isSaid, _reporter.Warnings.Count > 0);
        Assert.True(File.Exists(Index));
        Assert.Equal(found, Open().FindUnfinished().Select(c => c.Id));
    }

    [Fact]
    public async Task An_index_that_hides_a_change_is_found_by_the_test()
    {
        MadeJournal.Write(State, 2000);
        await LeaveAsync("database/a");
        Assert.Single(Open().FindUnfinished());
        OpenIndex index = OpenIndex.Read(Index, out _)!;
        new OpenIndex { At = index.At, Open = [] }.Write(Index);

        Assert.Equal(JournalFinding.IndexMismatch, Open().Test().Finding);
        File.Delete(Index);
        Assert.True(Open().Test().Passed);
        Assert.Single(Open().FindUnfinished());
    }

    [Fact]
    public async Task A_change_whose_beginning_is_lost_is_unfinished_and_one_that_was_gone_on_with_after_its_end_is_not()
    {
        MadeJournal.Write(State, 2000);
        Assert.Empty(Open().FindUnfinished());
        string left = await LeaveAsync("database/a");
        string path = Path.Combine(State, "journal.jsonl");
        List<string> lines = [.. File.ReadAllLines(path)];
        lines.RemoveAt(lines.FindIndex(l => l.Contains(left, StringComparison.Ordinal)));
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        // Two runs found the same change unfinished; the other one has ended it.
        JournalEntry ended = Open().Find(new JournalQuery { Last = 3 }, out _)[0];
        await using (await Open().ContinueAsync(UnfinishedChange.Of(ended))) { }

        Assert.Equal(left, Assert.Single(Open().FindUnfinished()).Id);
        Assert.Equal(left, Assert.Single(Open().Find(new JournalQuery { Unfinished = true }, out _)).Id);
        Assert.Contains(left, Open().Find(new JournalQuery { Last = 2 }, out _).Select(c => c.Id));
    }

    [Fact]
    public async Task Searches_agree_with_a_reading_of_the_whole_journal_wherever_it_is_cut_into_files()
    {
        MadeJournal.Write(State, 3000, 200 * 1024);
        var random = Proof.Random();
        for (int i = 0; i < 60; i++)
        {
            await using IJournaledChange change = await Open().BeginAsync($"A{i % 3}", $"t/{i % 7}", new Dictionary<string, string> { ["text"] = new('x', random.Next(20_000)) });
            if (i % 5 != 0) await change.CompleteAsync("done");
        }
        IReadOnlyList<JournalEntry> all = Open().Find(new JournalQuery(), out _);
        Assert.Equal(660, all.Count);
        Assert.Equal(all.Select(c => c.Sequence).Order(), all.Select(c => c.Sequence));

        foreach (int last in new[] { 1, 7, 59, 61, 640, 1000 })
            Assert.Equal(all.TakeLast(last).Select(c => c.Id), Open().Find(new JournalQuery { Last = last }, out _).Select(c => c.Id));
        foreach (JournalEntry entry in all.Where((_, i) => i % 97 == 0 || i > 640))
            Assert.Equal((entry.Sequence, entry.Outcome, entry.Steps.Count), (Open().Find(entry.Id)!.Sequence, Open().Find(entry.Id)!.Outcome, Open().Find(entry.Id)!.Steps.Count));
        Assert.Null(Open().Find("20200101T000000Z-000000"));
        Assert.Equal(all.Where(c => c.Outcome is JournalOutcome.Unfinished).Select(c => c.Id), Open().FindUnfinished().Select(c => c.Id));
        Assert.Equal(all.Where(c => c.Target == "t/3").Select(c => c.Id), Open().Find(new JournalQuery { Targets = ["T/3"] }, out _).Select(c => c.Id));
    }

    [Fact]
    public void Lines_come_backwards_as_they_come_forwards_however_long_they_are()
    {
        var random = Proof.Random();
        for (int i = 0; i < Proof.Cases(200, 40); i++)
        {
            var text = new StringBuilder();
            for (int line = random.Next(40); line >= 0; line--) text.Append('x', random.Next(8) == 0 ? random.Next(150_000) : random.Next(300)).Append('\n');
            if (random.Next(2) == 0) text.Append("torn");
            using var file = new MemoryStream(Encoding.ASCII.GetBytes(text.ToString()));

            (long, bool, int)[] backwards = [.. BackwardReader.Read(file, file.Length).Select(l => (l.Offset, l.Ended, l.Line.Length))];

            file.Position = 0;
            long offset = 0;
            var forwards = new List<(long, bool, int)>();
            foreach ((byte[] line, bool ended) in LineReader.Read(file, file.Length))
            {
                forwards.Add((offset, ended, line.Length));
                offset += line.Length + 1;
            }
            Assert.Equal(forwards, Enumerable.Reverse(backwards));
        }
    }
}
