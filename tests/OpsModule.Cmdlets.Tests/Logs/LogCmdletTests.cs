using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Cmdlets.Tests.Logs;

public sealed class LogCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_are_read_as_entries_and_filtered_without_an_environment()
    {
        Write("app.log", "2026-11-21T03:16:00Z INFO a\n2026-11-21T03:17:00Z ERROR b\n    at c (/c.js:1)\n");
        Assert.Equal(["a", "b\n    at c (/c.js:1)"], Messages("Get-OpsLog -Path app.log"));
        Assert.Equal(["b\n    at c (/c.js:1)"], Messages("Get-OpsLog -Path *.log -Errors"));
        Assert.Equal(["a"], Messages("Get-OpsLog -Path . -Until 2026-11-21T03:16:30Z -Pattern INFO -Tail 5"));
        Assert.Equal(["2026-11-21T03:17:00Z ERROR b", "    at c (/c.js:1)"], PwshRun.Of("Get-OpsLog -Path app.log -Raw -Tail 2", _folder).Objects);
    }

    [Fact]
    public void Select_object_stops_the_reading()
    {
        File.WriteAllLines(Path.Combine(_folder, "big.log"), Enumerable.Range(0, 300_000).Select(i => $"line {i}"));
        Assert.Equal(["line 0", "line 1"], Messages("Get-OpsLog -Path big.log | Select-Object -First 2"));
        Assert.Equal(["line 0"], PwshRun.Of("Get-OpsLog -Path big.log -Raw | Select-Object -First 1", _folder).Objects);
    }

    [Theory]
    [InlineData("Get-OpsLog -Path x.log -Raw -Errors")]
    [InlineData("Get-OpsLog -Path x.log -Raw -Since 1h")]
    [InlineData("Get-OpsLog -Path x.log -Errors -Level Debug")]
    [InlineData("Get-OpsLog -Path x.log -Since 1h -Until 2h")]
    [InlineData("Get-OpsLog api -Follow -Until 1h")]
    [InlineData("Export-OpsLog -Path x.log")]
    public void Parameters_that_contradict_each_other_are_refused(string command)
    {
        Write("x.log", "a\n");
        Assert.Equal("ParametersConflict", Assert.Single(PwshRun.Of(command, _folder).Errors).ErrorId);
    }

    [Fact]
    public void An_export_is_written_named_by_what_it_is_and_not_with_WhatIf()
    {
        Write("app.log", "a\nb\n");
        PwshRun what = PwshRun.Of("Export-OpsLog -Path app.log -Destination out.jsonl.gz -WhatIf", _folder);
        Assert.Contains("Write the logs of 1 file", Assert.Single(what.WhatIfs));
        Assert.False(File.Exists(Path.Combine(_folder, "out.jsonl.gz")));
        PwshRun run = PwshRun.Of("Export-OpsLog -Path app.log -Destination out.jsonl.gz", _folder);
        Assert.Equal((2L, "gzip", Path.Combine(_folder, "out.jsonl.gz")), Assert.Single(run.Objects.Cast<LogExportRecord>().Select(r => (r.Lines, r.Compression, r.Location))));
        Assert.Equal(["a", "b"], Messages("Get-OpsLog -Path out.jsonl.gz"));
        Assert.True(File.Exists(Path.Combine(_folder, "out.jsonl.gz.manifest.json")));
        Assert.NotEmpty(PwshRun.Of("Export-OpsLog -Path app.log -Destination out.jsonl.gz", _folder).Errors);
    }

    [Fact]
    public void What_would_steer_a_terminal_is_shown_as_symbols_and_kept_in_the_data()
    {
        const string Text = "a\u001b[1;31mb\u001b[0m\0c\u001b]0;title\u0007d\u009b1mx\u202ef\n\tg";
        Write("app.log", "a\u001b]0;title\u0007\0\n");
        Assert.Equal("a\u001b]0;title\u0007\0", Messages("Get-OpsLog -Path app.log")[0]);
        Assert.Equal("ab\u2400c\u241b]0;title\u2407d\ufffd1mx\ufffdf\n\tg", Display.Printable(Text));
        Assert.DoesNotContain(PwshRun.Of("Get-OpsLog -Path app.log | Format-Table | Out-String -Stream", _folder).Objects, line => ((string)line).Any(c => c is '\u001b' or '\u0007' or '\0'));
    }

    [Fact]
    public void A_folder_without_logs_is_an_error_that_says_so() =>
        Assert.Equal("LogFileNotFound", Assert.Single(PwshRun.Of("Get-OpsLog -Path none", _folder).Errors).ErrorId);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private string[] Messages(string pipeline)
    {
        PwshRun run = PwshRun.Of(pipeline, _folder);
        Assert.Empty(run.Errors);
        return [.. run.Objects.Cast<LogEntry>().Select(e => e.Message)];
    }
}
