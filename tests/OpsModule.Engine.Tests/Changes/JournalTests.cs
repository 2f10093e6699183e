using OpsModule.Connections.Vaults;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Changes;

public sealed class JournalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_change_comes_back_with_its_steps_and_outcome()
    {
        await MakeAsync("database/main", steps: 2);

        JournalEntry entry = Assert.Single(Open().Find(new JournalQuery(), out int damaged));

        Assert.Equal(0, damaged);
        Assert.Equal(JournalOutcome.Completed, entry.Outcome);
        Assert.Equal(["step-0", "step-1"], entry.Steps.Select(s => s.Name));
        Assert.Equal("done", entry.Message);
        Assert.Equal(Environment.ProcessId, entry.ProcessId);
        Assert.True(Open().Test().Passed);
    }

    [Fact]
    public async Task A_change_that_was_stopped_is_cancelled_and_its_sentence_is_said()
    {
        var reporter = new RecordingReporter();
        var journal = new Journal(Sample(), TimeProvider.System, reporter);
        await using (IJournaledChange change = await journal.BeginAsync("Copy-OpsBackup", "t"))
            await change.FailAsync(new OperationCanceledException(), "CopyFailed", "The copy was stopped; nothing is left.");
        await using (IJournaledChange change = await journal.BeginAsync("Copy-OpsBackup", "t"))
            await change.FailAsync(new IOException("disk"), "CopyFailed", "not said");

        JournalEntry[] entries = [.. journal.Find(new JournalQuery(), out _)];

        Assert.Equal([JournalOutcome.Cancelled, JournalOutcome.Failed], entries.Select(e => e.Outcome));
        Assert.Equal(["Cancelled", "CopyFailed"], entries.Select(e => e.ErrorId));
        Assert.Equal("The copy was stopped; nothing is left.", Assert.Single(reporter.Warnings));
        Assert.Empty(journal.FindUnfinished());
        Assert.True(journal.Test().Passed);
    }

    [Fact]
    public async Task Files_are_for_their_owner_only()
    {
        await MakeAsync("database/main");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Line("journal.jsonl")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Line("journal.head")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["state"]));
    }

    [Fact]
    public async Task A_change_left_without_an_end_is_running_then_unfinished_then_continued()
    {
        Journal journal = Open();
        IJournaledChange change = await journal.BeginAsync("Restore-OpsDatabase", "database/main", Data("a", "1"));
        await change.StepAsync("staged", Data("a", "2"));
        Assert.Empty(journal.FindUnfinished());
        Assert.Equal(JournalOutcome.Running, Assert.Single(journal.Find(new JournalQuery(), out _)).Outcome);

        await change.DisposeAsync();

        UnfinishedChange found = Assert.Single(journal.FindUnfinished("database/main"));
        Assert.Equal(("staged", "2"), (found.LastStep, found.Data["a"]));
        Assert.Empty(journal.FindUnfinished("database/other"));
        await using (IJournaledChange again = await journal.ContinueAsync(found))
        {
            OpsException refused = await Assert.ThrowsAsync<OpsException>(() => journal.ContinueAsync(found));
            Assert.Equal("TargetLocked", refused.ErrorId);
            await again.FailAsync("Undone", "put back");
        }
        Assert.Empty(journal.FindUnfinished());
        Assert.Equal(found.Id, Assert.Single(journal.Find(new JournalQuery(), out _)).Id);
        Assert.Empty(Directory.GetFiles(_folder["state/locks"]));
    }

    [Fact]
    public async Task A_torn_last_line_is_continued_over_with_a_note()
    {
        await MakeAsync("database/main");
        await File.AppendAllTextAsync(Line("journal.jsonl"), "{\"seq\":4,\"time\":\"20");
        Assert.Equal(JournalFinding.LastLineTorn, Open().Test().Finding);

        await MakeAsync("database/main");

        JournalTestResult result = Open().Test();
        Assert.True(result.Passed, result.Message);
        Assert.Contains(File.ReadLines(Line("journal.jsonl")), l => l.Contains("\"event\":\"repaired\"", StringComparison.Ordinal));
        Assert.Equal(2, Open().Find(new JournalQuery(), out int damaged).Count);
        Assert.Equal(0, damaged);
    }

    [Fact]
    public async Task Lines_cut_off_the_end_are_found_also_after_the_next_change()
    {
        await MakeAsync("database/main", steps: 3);
        string[] lines = await File.ReadAllLinesAsync(Line("journal.jsonl"));
        await File.WriteAllTextAsync(Line("journal.jsonl"), string.Join('\n', lines[..2]) + "\n");
        Assert.Equal(JournalFinding.LinesMissing, Open().Test().Finding);

        await MakeAsync("database/main");

        JournalTestResult result = Open().Test();
        Assert.Equal((JournalFinding.ChainBroken, 3L), (result.Finding, result.Line!.Value));
    }

    [Fact]
    public async Task An_anchor_noted_elsewhere_finds_a_journal_rewritten_from_the_start()
    {
        await MakeAsync("database/main");
        string anchor = Open().Test().Anchor!;
        await MakeAsync("database/main");
        Assert.True(Open().Test(anchor).Passed);

        Directory.Delete(_folder["state"], recursive: true);
        await MakeAsync("database/main");

        Assert.True(Open().Test().Passed);
        Assert.Equal(JournalFinding.AnchorMissing, Open().Test(anchor).Finding);
    }

    [Fact]
    public async Task A_clock_set_back_keeps_the_order_and_no_duration_is_negative()
    {
        var clock = new SettableClock(DateTimeOffset.Parse("2026-11-21T12:00:00Z"));
        var journal = new Journal(Sample(), clock);
        await using IJournaledChange first = await journal.BeginAsync("A", "t");
        clock.Now = clock.Now.AddHours(-3);
        await first.CompleteAsync("done");
        await using IJournaledChange second = await journal.BeginAsync("B", "t");
        await second.CompleteAsync("done");

        IReadOnlyList<JournalEntry> entries = journal.Find(new JournalQuery(), out _);

        Assert.Equal(["A", "B"], entries.Select(e => e.Action));
        Assert.Equal(TimeSpan.Zero, entries[0].Duration);
        Assert.True(journal.Test().Passed);
    }

    [Fact]
    public async Task Queries_select_by_target_action_time_and_number()
    {
        await MakeAsync("database/main/tenant/a");
        await MakeAsync("database/other");
        DateTimeOffset middle = DateTimeOffset.UtcNow;
        await MakeAsync("database/main/tenant/b");
        Journal journal = Open();
        string[] Targets(JournalQuery query) => [.. journal.Find(query, out _).Select(e => e.Target)];

        Assert.Equal(["database/main/tenant/a", "database/main/tenant/b"], Targets(new JournalQuery { Targets = ["database/main/*"] }));
        Assert.Equal(["database/main/tenant/b"], Targets(new JournalQuery { Targets = ["database/main/*"], Last = 1 }));
        Assert.Equal(["database/main/tenant/b"], Targets(new JournalQuery { After = middle }));
        Assert.Equal(2, Targets(new JournalQuery { Before = middle }).Length);
        Assert.Empty(Targets(new JournalQuery { Actions = ["Remove-*"] }));
    }

    [Fact]
    public async Task Secrets_are_withheld()
    {
        const string secret = "hunter2-hunter2";
        OpsEnvironment sample = Sample() with
        {
            Databases = new Dictionary<string, DatabaseSettings>
            {
                ["main"] = new() { Name = "main", Database = "d", User = "u", Password = new SecretReference(secret, _folder.Path) },
            },
        };
        var journal = new Journal(sample, TimeProvider.System);
        await using IJournaledChange change = await journal.BeginAsync("A", "t",
            new Dictionary<string, string> { ["password"] = secret, ["url"] = $"postgres://u:{secret}@h/d", ["schema"] = "tenant_a" });
        await change.FailAsync("X", $"server said {secret}; PGPASSWORD={secret}");

        string text = await File.ReadAllTextAsync(Line("journal.jsonl"));

        Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        Assert.Contains("tenant_a", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_text_comes_back_as_it_was()
    {
        string[] texts = ["line\nbreak", "quote\"\\", "tab\t\0", "ünïcödé 日本 🐘", "\u2028", ""];
        Journal journal = Open();
        foreach (string text in texts)
        {
            await using IJournaledChange change = await journal.BeginAsync("A", text, Data("value", text));
            await change.CompleteAsync(text);
        }
        // Half a surrogate pair is no text; it must not stop a change.
        await using (IJournaledChange odd = await journal.BeginAsync("A", "odd\ud800")) await odd.CompleteAsync("done");

        IReadOnlyList<JournalEntry> entries = journal.Find(new JournalQuery(), out int damaged);

        Assert.Equal(0, damaged);
        Assert.Equal(texts, entries.Take(texts.Length).Select(e => e.Target));
        Assert.Equal(texts, entries.Take(texts.Length).Select(e => e.Data["value"]));
        Assert.True(journal.Test().Passed);
    }

    [Fact]
    public async Task Parallel_changes_chain_into_one_journal()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (int round = 0; round < 10; round++) await MakeAsync($"target/{i}", steps: 1);
        })));

        JournalTestResult result = Open().Test();

        Assert.True(result.Passed, result.Message);
        Assert.Equal(8 * 10 * 3, result.Entries);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_refuses_the_change()
    {
        await File.WriteAllTextAsync(_folder["state"], "a file where the folder should be");

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Open().BeginAsync("A", "t"));

        Assert.Equal("JournalUnwritable", error.ErrorId);
    }

    [Fact]
    public async Task Every_random_damage_is_found()
    {
        for (int i = 0; i < 6; i++) await MakeAsync($"database/main/tenant/{i}", steps: i);
        byte[] original = await File.ReadAllBytesAsync(Line("journal.jsonl"));
        var random = Proof.Random();
        var missed = new List<string>();
        for (int i = 0; i < Proof.Cases(20_000, 1000); i++)
        {
            (string what, byte[] damaged) = Damage(original, random, i % 4);
            await File.WriteAllBytesAsync(Line("journal.jsonl"), damaged);
            if (Open().Test().Passed) missed.Add($"{what} ({Proof.Again})");
        }
        await File.WriteAllBytesAsync(Line("journal.jsonl"), original);

        Assert.Empty(missed);
        Assert.True(Open().Test().Passed);
    }

    private static (string What, byte[] Bytes) Damage(byte[] original, Random random, int kind)
    {
        if (kind == 0)
        {
            byte[] changed = [.. original];
            int at = random.Next(changed.Length);
            changed[at] ^= (byte)(1 << random.Next(8));
            return ($"byte {at}", changed);
        }
        List<string> lines = [.. System.Text.Encoding.UTF8.GetString(original).TrimEnd('\n').Split('\n')];
        int first = random.Next(lines.Count), second = (first + 1 + random.Next(lines.Count - 1)) % lines.Count;
        if (kind == 1) lines.RemoveAt(first);
        else if (kind == 2) (lines[first], lines[second]) = (lines[second], lines[first]);
        else lines.Insert(first, lines[second]);
        return ($"kind {kind}, lines {first} and {second}", System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
    }

    private static Dictionary<string, string> Data(string key, string value) => new() { [key] = value };

    private string Line(string name) => Path.Combine(_folder["state"], name);

    private OpsEnvironment Sample() => new() { Name = "test", Directory = _folder.Path, StateDirectory = _folder["state"] };

    private Journal Open() => new(Sample(), TimeProvider.System);

    private async Task MakeAsync(string target, int steps = 0)
    {
        await using IJournaledChange change = await Open().BeginAsync("Test-Action", target);
        for (int i = 0; i < steps; i++) await change.StepAsync($"step-{i}", Data("number", i.ToString()));
        await change.CompleteAsync("done");
    }

    private sealed class SettableClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
