using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Schedules.Exporting;
using OpsModule.Engine.Areas.Schedules.Times;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>Timers as systemd itself reads them.</summary>
public sealed class SystemdTimerTests : IDisposable
{
    private readonly ExportLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("0 2 * * *")]
    [InlineData("*/15 * * * *")]
    [InlineData("30 4 1,15 * *")]
    [InlineData("0 3 * * 1-5")]
    [InlineData("0 3 * * SAT-MON")]
    [InlineData("0 3 L * *")]
    [InlineData("0 3 L-2 * *")]
    [InlineData("0 3 * * 5L")]
    [InlineData("0 3 * * MON#2")]
    [InlineData("0 3 * * TUE#5")]
    [InlineData("0 0 29 2 *")]
    [InlineData("15,45 */6 * 1,7 *")]
    public void Systemd_comes_to_the_same_times(string at)
    {
        string timer = _lab.Export(at, _lab.Request(ScheduleSystem.SystemdTimer))[1].Text;
        string calendar = Regex.Match(timer, "^OnCalendar=(.*)$", RegexOptions.Multiline).Groups[1].Value;
        (int code, string said) = ExportLab.Run("systemd-analyze", "calendar", "--iterations=6", "--base-time=2026-11-28 12:00:00 UTC", calendar);
        Assert.True(code == 0, said);
        string[] found = [.. Regex.Matches(said, @"(?:Next elapse|Iter. #\d+): \w+ (\S+ \S+) UTC").Select(m => m.Groups[1].Value)];
        var expected = new List<string>();
        CronSchedule cron = CronSchedule.Parse(at, out _)!;
        for (DateTimeOffset? time = new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero); expected.Count < 6;)
        {
            time = cron.Next(time!.Value);
            expected.Add($"{time:yyyy-MM-dd HH:mm:ss}");
        }
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Systemd_finds_nothing_wrong_with_the_units()
    {
        ScheduleExportRequest request = _lab.Request(ScheduleSystem.SystemdTimer) with
        {
            Program = _lab.Program(), Module = ExportLab.Odd, SecretsFile = "/etc/ops/100%.secrets", Settings = new Dictionary<string, string> { ["DOTNET_ROOT"] = "/usr/share/dot net" },
        };
        IReadOnlyList<ScheduleFileRecord> files = _lab.Export("0 2 * * *", request, "databases: { main: { host: h, name: n, user: u, password: \"env:OPS_TEST_EXPORTED\" } }");
        Assert.Equal(["ops-lab-nightly.service", "ops-lab-nightly.timer"], files.Select(f => f.Name));
        (int code, string said) = ExportLab.Run("systemd-analyze", ["verify", .. files.Select(f => _lab.Write(f.Name, f.Text))]);
        Assert.True(code == 0 && said.Length == 0, said);
        string service = files[0].Text, timer = files[1].Text;
        foreach (string line in new[] { "Type=oneshot", "TimeoutStartSec=infinity", "SuccessExitStatus=143", $"User={Environment.UserName}", "EnvironmentFile=/etc/ops/100%%.secrets", "Environment=\"DOTNET_ROOT=/usr/share/dot net\"" })
            Assert.Contains(line + "\n", service);
        foreach (string line in new[] { "Persistent=true", "AccuracySec=1s", "WantedBy=timers.target" }) Assert.Contains(line + "\n", timer);
        Assert.Contains("OPS_TEST_EXPORTED=...", files[0].Next);
    }

    [Fact]
    public void Without_variables_there_is_no_file_of_them() =>
        Assert.DoesNotContain("EnvironmentFile", _lab.Export("0 2 * * *", _lab.Request(ScheduleSystem.SystemdTimer))[0].Text);

    [Fact]
    public void The_working_day_that_is_nearest_is_refused() =>
        Assert.Contains("systemd does not know W", _lab.Refused("0 2 15W * *", _lab.Request(ScheduleSystem.SystemdTimer)).Message);

    [Fact]
    public void A_program_that_is_no_full_path_is_refused()
    {
        OpsException error = _lab.Refused("0 2 * * *", _lab.Request(ScheduleSystem.SystemdTimer) with { Program = "pwsh" });
        Assert.Equal("ScheduleIncomplete", error.ErrorId);
    }
}
