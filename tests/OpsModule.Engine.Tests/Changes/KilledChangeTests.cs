using System.Diagnostics;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Changes;

/// <summary>A change of three parts, killed (SIGKILL) right after each line that it writes to the journal.</summary>
public sealed class KilledChangeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every place once, in turn gone on with and taken back; both ways for each where the whole is proven.</summary>
    public static TheoryData<string, bool> Places()
    {
        string[] steps = [.. new[] { "a", "b", "c" }.SelectMany(n => new[] { $"prepare-{n}", $"prepare-{n}-done", $"write-{n}", $"write-{n}-done" }), "completed"];
        var all = new TheoryData<string, bool>();
        foreach ((int number, string step) in steps.Index())
        {
            if (Proof.Whole || number % 2 == 0) all.Add(step, true);
            if (Proof.Whole || number % 2 == 1) all.Add(step, false);
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task It_is_gone_on_with_or_taken_back(string place, bool resume)
    {
        await KillAsync(place);
        JournalEntry whole = Context.Journal.FindUnfinished("notes/all").Select(u => Context.Journal.Find(u.Id)!).Single();
        var runner = new ChangeRunner(Context, NoteChange.All);

        if (resume) await runner.ResumeAsync(whole, default);
        else await runner.UndoAsync(whole, default);

        // Each line once, whether it was written before the kill or after it.
        Assert.Equal(resume ? ("one", "two", "three") : ("", "", ""), (NoteChange.Read(Context, "a"), NoteChange.Read(Context, "b"), NoteChange.Read(Context, "c")));
        Assert.Empty(Context.Journal.FindUnfinished());
        Assert.Empty(Directory.GetFiles(_folder[".ops/changes"]));
        Assert.True(new Journal(Context.Environment, TimeProvider.System).Test().Passed);
    }

    [Fact]
    public async Task One_that_was_killed_before_its_plan_was_kept_has_done_nothing_and_is_closed()
    {
        await KillAsync("started");
        JournalEntry whole = Context.Journal.Find(Assert.Single(Context.Journal.FindUnfinished()).Id)!;
        var runner = new ChangeRunner(Context, NoteChange.All);

        Assert.Equal("ChangeNotResumable", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(whole, default))).ErrorId);
        await runner.UndoAsync(whole, default);

        Assert.Empty(Context.Journal.FindUnfinished());
    }

    /// <summary>What was made and taken back does not count as made.</summary>
    [Fact]
    public async Task One_whose_taking_back_had_begun_is_not_gone_on_with()
    {
        await KillAsync("write-c");
        JournalEntry whole = Context.Journal.FindUnfinished("notes/all").Select(u => Context.Journal.Find(u.Id)!).Single();
        var runner = new ChangeRunner(Context, NoteChange.All);
        // The first note, which is taken back last, cannot be removed.
        File.Delete(_folder["note-a"]);
        Directory.CreateDirectory(_folder["note-a"]);
        await Assert.ThrowsAnyAsync<Exception>(() => runner.UndoAsync(whole, default));
        Assert.Equal("", NoteChange.Read(Context, "b"));
        Directory.Delete(_folder["note-a"]);

        JournalEntry again = Context.Journal.Find(whole.Id)!;
        Assert.Equal("ChangeNotResumable", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(again, default))).ErrorId);
        await runner.UndoAsync(again, default);
        Assert.Equal(("", "", ""), (NoteChange.Read(Context, "a"), NoteChange.Read(Context, "b"), NoteChange.Read(Context, "c")));
        Assert.Empty(Context.Journal.FindUnfinished());
    }

    private async Task KillAsync(string place)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardError = true };
        foreach (string argument in new[] { typeof(Probe).Assembly.Location, "notes", place, _folder.Path, "5432", "none" }) info.ArgumentList.Add(argument);
        using Process process = Process.Start(info)!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 137, error);
    }

    private OpsContext Context => Of(_folder.Path);

    internal static OpsContext Of(string folder) =>
        OpsContextFactory.Create(new OpsEnvironment { Name = "web", Directory = folder, StateDirectory = Path.Combine(folder, ".ops") }, SilentReporter.Instance);
}
