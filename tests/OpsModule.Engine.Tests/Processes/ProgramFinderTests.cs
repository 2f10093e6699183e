using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Processes;

/// <summary>Whose program is run when only its name is known.</summary>
[CollectionDefinition(nameof(ProgramFinderTests), DisableParallelization = true)]
[Collection(nameof(ProgramFinderTests))]
public sealed class ProgramFinderTests : IDisposable
{
    private const UnixFileMode Program = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly TempFolder _folder = new();
    private readonly string _path = Environment.GetEnvironmentVariable("PATH")!;
    private readonly string _current = Environment.CurrentDirectory;

    private static bool IsRoot => Environment.UserName == "root";

    [Fact]
    public async Task A_program_in_the_current_folder_is_not_run()
    {
        Directory.CreateDirectory(_folder["here"]);
        Write("here/systemctl");
        Write("here/ops-only-here");
        Environment.CurrentDirectory = _folder["here"];
        foreach (string path in new[] { _path, ".:" + _path, ":" + _path, "here:" + _path, _path + "::." })
        {
            Environment.SetEnvironmentVariable("PATH", path);
            Assert.StartsWith("/usr/bin/", ProgramFinder.Find("id"));
            OpsException missing = Assert.Throws<OpsException>(() => ProgramRunner.Start(new ProgramCall("ops-only-here")));
            Assert.Equal("ProgramMissing", missing.ErrorId);
            Assert.Contains("the current folder is not looked in", missing.Message);
            try { Assert.DoesNotContain(_folder.Path, ProgramFinder.Find("systemctl")); }
            catch (OpsException e) when (e.ErrorId == "ProgramMissing") { /* a machine without it */ }
            // A child does not look here either.
            Assert.DoesNotContain(await ProgramRunner.RunAsync(new ProgramCall("sh", "-c", "printf %s \"$PATH\""), null, default) is var seen ? seen.Split(':') : [], e => e is "" or "." or "here");
        }
    }

    [Fact]
    public void Root_runs_only_what_nobody_else_can_have_put_there()
    {
        if (!IsRoot) return;
        Write("bin/tool");
        Environment.SetEnvironmentVariable("PATH", _folder["bin"] + ":" + _path);
        Assert.Equal(_folder["bin/tool"], ProgramFinder.Find("tool"));
        Assert.Equal(_folder["bin/tool"], ProgramFinder.Find("bin/tool", _folder.Path));

        File.SetUnixFileMode(_folder["bin/tool"], Program | UnixFileMode.OtherWrite);
        Assert.Contains("everybody may write to " + _folder["bin/tool"], Refused("tool"));
        File.SetUnixFileMode(_folder["bin/tool"], Program);

        File.SetUnixFileMode(_folder["bin"], Program | UnixFileMode.OtherWrite);
        Assert.Contains("everybody may write to " + _folder["bin"], Refused("tool"));
        // As in /tmp, others may add there but not exchange what is root's.
        File.SetUnixFileMode(_folder["bin"], Program | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);
        ProgramFinder.Find("tool");
        File.SetUnixFileMode(_folder["bin"], Program);

        Own(_folder["bin/tool"], "65534:0");
        Assert.Contains($"{_folder["bin/tool"]} belongs to ", Refused("tool"));
        Own(_folder["bin/tool"], "0:0");
        Own(_folder["bin"], "65534:0");
        Assert.Contains($"{_folder["bin"]} belongs to ", Refused("tool"));
        Own(_folder["bin"], "0:65534");
        File.SetUnixFileMode(_folder["bin"], Program | UnixFileMode.GroupWrite);
        Assert.Contains("the group ", Refused("tool"));
        Own(_folder["bin"], "0:0");
        ProgramFinder.Find("tool");
    }

    [Fact]
    public void Links_are_followed_and_every_folder_on_the_way_counts()
    {
        if (!IsRoot) return;
        Write("real/tool");
        Directory.CreateDirectory(_folder["bin"]);
        File.CreateSymbolicLink(_folder["bin/tool"], "../alternatives/tool");
        Directory.CreateDirectory(_folder["alternatives"]);
        File.CreateSymbolicLink(_folder["alternatives/tool"], _folder["real/tool"]);
        Environment.SetEnvironmentVariable("PATH", _folder["bin"]);
        ProgramFinder.Find("tool");
        Own(_folder["alternatives"], "65534:65534");
        Assert.Contains($"{_folder["alternatives"]} belongs to ", Refused("tool"));
        Own(_folder["alternatives"], "0:0");
        Own(_folder["real"], "65534:65534");
        Assert.Contains($"{_folder["real"]} belongs to ", Refused("tool"));
    }

    [Fact]
    public void What_may_not_be_executed_is_passed_over_and_named()
    {
        Write("first/tool");
        File.SetUnixFileMode(_folder["first/tool"], UnixFileMode.UserRead);
        Environment.SetEnvironmentVariable("PATH", _folder["first"]);
        Assert.Contains($"{_folder["first/tool"]} may not be executed", Assert.Throws<OpsException>(() => ProgramFinder.Find("tool")).Message);
        Write("second/tool");
        Environment.SetEnvironmentVariable("PATH", _folder["first"] + ":" + _folder["second"]);
        Assert.Equal(_folder["second/tool"], ProgramFinder.Find("tool"));
        Directory.CreateDirectory(_folder["first/folder"]);
        Assert.Equal("ProgramMissing", Assert.Throws<OpsException>(() => ProgramFinder.Find("folder")).ErrorId);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Environment.CurrentDirectory = _current;
        _folder.Dispose();
    }

    private static string Refused(string name)
    {
        OpsException error = Assert.Throws<OpsException>(() => ProgramRunner.Start(new ProgramCall(name)));
        Assert.Equal("ProgramNotTrusted", error.ErrorId);
        return error.Message;
    }

    private void Write(string name) => File.SetUnixFileMode(_folder.Write(name, "#!/bin/sh\necho hijacked\n"), Program);

    private static void Own(string path, string who)
    {
        using var chown = System.Diagnostics.Process.Start("/bin/chown", [who, path]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }
}
