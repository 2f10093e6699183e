using System.Diagnostics;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Clearing away what killed drills left must touch nothing else.</summary>
public sealed class DrillFolderTests : IDisposable
{
    private const string Abandoned = "ops-drill-0123456789abcdef";

    private readonly TempFolder _folder = new();

    private string Root => _folder["drills"];

    private string Victim => _folder.Write("victim/kept", "kept");

    [Fact]
    public void No_drill_works_in_a_state_folder_that_others_may_write()
    {
        var environment = new OpsEnvironment { Name = "lab", Directory = _folder.Path, StateDirectory = _folder[".ops"] };
        OpsContext context = OpsContextFactory.Create(environment, new RecordingReporter());
        Assert.Equal(_folder[".ops/drills"], DrillFolder.Base(context));
        File.SetUnixFileMode(environment.StateDirectory, File.GetUnixFileMode(environment.StateDirectory) | UnixFileMode.OtherWrite);
        Assert.Equal("StateNotTrusted", Assert.Throws<OpsException>(() => DrillFolder.Base(context)).ErrorId);
    }

    [Fact]
    public void Links_in_an_abandoned_folder_are_not_followed()
    {
        string victim = Path.GetDirectoryName(Victim)!, stale = Leave();
        Directory.CreateSymbolicLink(Path.Combine(stale, "out"), victim);
        Directory.CreateDirectory(Path.Combine(stale, "a", "b"));
        File.CreateSymbolicLink(Path.Combine(stale, "a", "file"), Victim);
        Directory.CreateSymbolicLink(Path.Combine(stale, "w"), victim);
        DrillFolder.Create(Root, null).Delete();
        Assert.Empty(Directory.GetFileSystemEntries(Root));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(victim, "kept")));
    }

    [Fact]
    public void A_link_in_the_place_of_an_abandoned_folder_is_left_alone_with_what_it_leads_to()
    {
        string victim = Path.GetDirectoryName(Victim)!, stale = Leave();
        Directory.Delete(stale);
        Directory.CreateSymbolicLink(stale, victim);
        DrillFolder.Create(Root, null).Delete();
        Assert.Equal("kept", File.ReadAllText(Path.Combine(victim, "kept")));
    }

    [Fact]
    public async Task Folders_are_exchanged_for_links_while_they_are_deleted_and_nothing_outside_is_lost()
    {
        string victim = _folder["outside"], tree = _folder["tree"];
        for (int round = 0; round < 20; round++)
        {
            Directory.CreateDirectory(Path.Combine(victim, "sub"));
            await File.WriteAllTextAsync(Path.Combine(victim, "sub", "kept"), "");
            for (int i = 0; i < 50; i++) Directory.CreateDirectory(Path.Combine(tree, "d" + i, "sub"));
            using var stop = new CancellationTokenSource();
            Task exchange = Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    for (int i = 0; i < 50; i++)
                    {
                        try
                        {
                            Directory.Move(Path.Combine(tree, "d" + i), Path.Combine(tree, "x" + i));
                            Directory.CreateSymbolicLink(Path.Combine(tree, "d" + i), victim);
                        }
                        catch (IOException) { }
                    }
                }
            });
            for (int i = 0; i < 20; i++) FolderTree.TryDelete(tree);
            await stop.CancelAsync();
            await exchange;
            FolderTree.TryDelete(tree);
            Assert.True(File.Exists(Path.Combine(victim, "sub", "kept")));
        }
    }

    [Fact]
    public void What_others_planted_in_the_folder_for_temporary_files_is_not_looked_at()
    {
        string planted = Path.Combine("/tmp", "ops-drill-" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(planted);
        File.WriteAllText(planted + ".owner", "");
        try
        {
            DrillFolder.Create(Root, null).Delete();
            Assert.True(Directory.Exists(planted) && File.Exists(planted + ".owner"));
        }
        finally
        {
            Directory.Delete(planted);
            File.Delete(planted + ".owner");
        }
    }

    [Fact]
    public void A_folder_that_others_may_write_to_is_refused()
    {
        Directory.CreateDirectory(Root);
        File.SetUnixFileMode(Root, (UnixFileMode)0x1FF);
        Assert.Equal("DrillFolderNotOurs", Assert.Throws<OpsException>(() => DrillFolder.Create(Root, null)).ErrorId);
        Directory.Delete(Root);
        Directory.CreateDirectory(_folder["elsewhere"]);
        Directory.CreateSymbolicLink(Root, _folder["elsewhere"]);
        Assert.Equal("DrillFolderNotOurs", Assert.Throws<OpsException>(() => DrillFolder.Create(Root, null)).ErrorId);
    }

    [Theory]
    [InlineData("{0} {1} {2}", "{3}", true)]
    [InlineData("{0} {1} {2}", "{3}-and-more", false)]
    [InlineData("{0} 1 {2}", "{3}", false)]
    [InlineData("{0} {1} another-start", "{3}", false)]
    [InlineData("{0}", "{3}", false)]
    public async Task Only_the_very_process_that_was_noted_is_ended(string note, string argument, bool ends)
    {
        string work = _folder["w"];
        using Process other = Process.Start(new ProcessStartInfo("sh") { ArgumentList = { "-c", "sleep 600; :", "sh", argument.Replace("{3}", work) } })!;
        try
        {
            string[] facts = DrillProcess.Describe(other.Id).Split(' ');
            DrillProcess.End(string.Format(note, facts[0], facts[1], facts[2]), work);
            if (ends) await other.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
            else Assert.False(other.WaitForExit(300));
        }
        finally { if (!other.HasExited) other.Kill(entireProcessTree: true); }
    }

    [Fact]
    public void Only_what_looks_like_an_owner_file_is_opened()
    {
        string owner = _folder.Write(Abandoned + ".owner", ""), link = _folder[$"{Abandoned}aa.owner"];
        Assert.True(DrillFolder.IsAbandoned(owner));
        Assert.True(DrillFolder.IsAbandoned("/nowhere/ops-drill-0.owner"));
        File.CreateSymbolicLink(link, owner);
        Assert.False(DrillFolder.IsAbandoned(link));
        Assert.False(DrillFolder.IsAbandoned("/etc/passwd"));
        Assert.False(DrillFolder.IsAbandoned("ops-drill-0.owner"));
        Assert.False(DrillFolder.IsAbandoned("/nowhere/../nowhere/ops-drill-0.owner"));
        Assert.False(DrillFolder.IsAbandoned("/nowhere/ops-drill-0.owner\n"));
    }

    public void Dispose() => _folder.Dispose();

    private string Leave()
    {
        string stale = Path.Combine(Root, Abandoned);
        Directory.CreateDirectory(stale);
        File.WriteAllText(stale + ".owner", "");
        return stale;
    }
}
