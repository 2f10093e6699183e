using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration.Comparing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Files.Anchored;

namespace OpsModule.Engine.Tests.Configuration;

/// <summary>What becomes of a restore that was killed while it wrote, and of secrets where two sides are compared.</summary>
public sealed class ConfigurationPutBackTests
{
    [Fact]
    public async Task A_restore_that_cannot_be_gone_on_with_stays_open_and_is_put_back_later()
    {
        await using var lab = new ConfigurationKillLab(restores: true);
        (string before, JournalEntry killed) = await KillAsync(lab);
        string store = Path.Combine(lab.Folder, "store"), away = Path.Combine(lab.Folder, "away");
        Directory.Move(store, away);
        await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).ResumeAsync(killed, default));
        Assert.Equal(killed.Id, Assert.Single(lab.Context.Journal.FindUnfinished()).Id);

        // Somebody who stops it leaves it open as well.
        Directory.Move(away, store);
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new ChangeRunner(lab.Context).ResumeAsync(lab.Context.Journal.Find(killed.Id)!, stopped.Token));
        Assert.Equal(killed.Id, Assert.Single(lab.Context.Journal.FindUnfinished()).Id);

        await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(killed.Id)!, default);
        Assert.Equal(before, await lab.LookAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Theory]
    [InlineData("file")]
    [InlineData("link")]
    public async Task What_somebody_else_changed_meanwhile_stays_and_all_else_is_put_back(string what)
    {
        await using var lab = new ConfigurationKillLab(restores: true);
        (_, JournalEntry killed) = await KillAsync(lab);
        string file = Path.Combine(lab.Folder, "app.env");
        if (what == "link")
        {
            File.Delete(file);
            File.CreateSymbolicLink(file, "ops.yaml");
        }
        else File.WriteAllText(file, "PORT=3\n");
        var reporter = new RecordingReporter();

        ChangeResult undone = await new ChangeRunner(lab.Context with { Reporter = reporter }).UndoAsync(killed, default);

        if (what == "link") Assert.Equal("ops.yaml", new FileInfo(file).LinkTarget);
        else Assert.Equal("PORT=3\n", File.ReadAllText(file));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(lab.Folder, "conf/a.conf")));
        Assert.False(Directory.Exists(Path.Combine(lab.Folder, "conf/deep")));
        Assert.Contains(reporter.Warnings, w => w.StartsWith("app.env was changed by somebody else", StringComparison.Ordinal));
        Assert.Contains("1 that somebody else changed stay", undone.Summary);
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_file_that_is_one_secret_is_shown_on_no_side()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(
            more: "caches: { main: { host: 127.0.0.1, password: \"file:conf/pw.txt\" } }");
        lab.Write("conf/pw.txt", "swordfish\n");
        BackupRecord first = await lab.BackUpAsync();
        lab.Write("conf/pw.txt", "tunafish\n");
        BackupRecord second = await lab.BackUpAsync();
        Assert.True(Assert.Single(await lab.CompareAsync(first, second)) is { Path: "conf/pw.txt", IsHidden: true, Diff: null });
        File.Delete(lab["conf/pw.txt"]);
        ConfigurationDifference gone = Assert.Single(await lab.CompareAsync(first));
        Assert.Equal(ConfigurationChange.Removed, gone.Change);
        Assert.DoesNotContain("swordfish", gone.Diff ?? "");
    }

    [Fact]
    public async Task A_file_of_another_owner_comes_back_with_a_mode_and_its_owner()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        File.SetUnixFileMode(lab["conf/nginx.conf"], UnixFileMode.UserRead);
        FileFacts.Give(lab["conf/nginx.conf"], 4321, 4322);
        File.CreateSymbolicLink(lab["conf/current.conf"], "nginx.conf");
        FileFacts.Give(lab["conf/current.conf"], 4323, 4324);
        BackupRecord made = await lab.BackUpAsync();
        File.Delete(lab["conf/nginx.conf"]);
        File.Delete(lab["conf/current.conf"]);
        await lab.RestoreAsync(made);
        FileFacts file = FileFacts.Of(lab["conf/nginx.conf"])!.Value, link = FileFacts.Of(lab["conf/current.conf"])!.Value;
        Assert.Equal((4321u, 4322u, 0x100), (file.Owner, file.Group, file.Mode & 0xFFF));
        Assert.Equal((4323u, 4324u), (link.Owner, link.Group));
    }

    [Fact]
    public void An_owner_is_given_to_the_file_that_is_open_and_not_to_what_has_its_name_now()
    {
        using var folder = new TempFolder();
        folder.Write("theirs", "x");
        using AnchoredFolder at = AnchoredFolder.Open(folder.Path);
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = at.CreateFile("beside");
        File.Move(folder["beside"], folder["moved"]);
        File.CreateSymbolicLink(folder["beside"], "theirs");
        AnchoredFolder.Give(file, 4321, 4322);
        Assert.Equal((4321u, 4322u), (FileFacts.Of(folder["moved"])!.Value.Owner, FileFacts.Of(folder["moved"])!.Value.Group));
        foreach (string name in (string[])["theirs", "beside"]) Assert.Equal(FileFacts.Self, FileFacts.Of(folder[name])!.Value.Owner);
    }

    /// <summary>Kills a restore in a process of its own, when all is written and nothing says so.</summary>
    private static async Task<(string Before, JournalEntry Killed)> KillAsync(ConfigurationKillLab lab)
    {
        await lab.PrepareAsync();
        string before = await lab.LookAsync();
        File.WriteAllBytes(Path.Combine(lab.Folder, "plan.json"), PlanFile.Write(await lab.PlanAsync()));
        Assert.Equal(137, await Probe.RunPlanAsync("before write-done", lab.Folder));
        Assert.NotEqual(before, await lab.LookAsync());
        return (before, lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!);
    }
}
