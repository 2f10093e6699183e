using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Schedules.Exporting;
using OpsModule.Engine.Areas.Schedules.Times;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>Files for cron as Debian's cron reads them, on clocks near and far from UTC.</summary>
public sealed class CronFileTests : IDisposable
{
    private readonly ExportLab _lab = new();

    public void Dispose() => _lab.Dispose();

    private ScheduleExportRequest Request => _lab.Request(ScheduleSystem.Cron);

    [Theory]
    [InlineData("0 2 * * *", "0 2 * * *")]
    [InlineData("*/5 * * * *", "*/5 * * * *")]
    [InlineData("0 22-1 * * MON-FRI", "0 0,1,22,23 * * 1-5")]
    [InlineData("@monthly", "0 0 1 * *")]
    public void Debians_cron_takes_the_file(string at, string written)
    {
        ScheduleFileRecord file = Assert.Single(_lab.Export(at, Request));
        Assert.Equal("ops-lab", file.Name);
        Assert.Contains($"\n{written} {Environment.UserName} /usr/bin/pwsh -NoProfile -NonInteractive -Command ", file.Text);
        // Those of users, which crontab looks at, have no column for the account.
        string users = file.Text.Replace($" {Environment.UserName} /usr", " /usr", StringComparison.Ordinal);
        (int code, string said) = ExportLab.Run("crontab", "-n", _lab.Write("tab", users));
        Assert.True(code == 0, said);
        Assert.NotEqual(0, ExportLab.Run("crontab", "-n", _lab.Write("tab", users.Replace(written, "61" + written[1..], StringComparison.Ordinal))).Code);
    }

    [Fact]
    public void The_shell_hands_the_line_over_as_it_was_meant()
    {
        _lab.Write("vars", "OPS_TEST_EXPORTED='it is $me'\n");
        ScheduleExportRequest request = Request with { Program = _lab.Program(), Module = ExportLab.Odd, SecretsFile = _lab.Folder + "/vars" };
        string text = Assert.Single(_lab.Export("0 2 * * *", request, "caches: { main: { host: h, password: \"env:OPS_TEST_EXPORTED\" } }")).Text;
        string command = text.Split('\n').Single(l => l.StartsWith("0 2 ", StringComparison.Ordinal)).Split(' ', 7)[6];
        // Where no backslash is before it cron would end the line.
        Assert.DoesNotContain("%", command.Replace(@"\%", "", StringComparison.Ordinal));
        Assert.Equal(0, ExportLab.Run("/bin/sh", "-c", command.Replace(@"\%", "%", StringComparison.Ordinal)).Code);
        Assert.Equal(["-NoProfile", "-NonInteractive", "-Command", $"Import-Module {ExportedSchedule.Quoted(ExportLab.Odd)} -ErrorAction Stop; Invoke-OpsSchedule 'nightly' -Environment '{_lab.Folder}/ops.yaml'", "secret=it is $me"], _lab.Said);
        Assert.DoesNotContain("it is $me", text);
    }

    [Theory]
    [InlineData("Asia/Kolkata", "0 2 * * *", "30 7 * * *")]
    [InlineData("Asia/Tokyo", "0 20 * * 0", "0 5 * * 1")]
    [InlineData("America/Phoenix", "0 2 * * 1", "0 19 * * 0")]
    [InlineData("Asia/Kolkata", "*/15 * * * *", "30,45 * * * *|0,15 * * * *")]
    public void A_clock_that_never_changes_is_reckoned_with(string zone, string at, string lines)
    {
        string text = Assert.Single(_lab.Export(at, Request with { Zone = TimeZoneInfo.FindSystemTimeZoneById(zone) })).Text;
        foreach (string line in lines.Split('|')) Assert.Contains($"\n{line} {Environment.UserName} ", text);
        Assert.Contains($"The clock of the machine must be that of {zone}", text);
    }

    [Theory]
    [InlineData("Europe/Berlin", "0 2 * * *", "the clock of the zone Europe/Berlin is put forward and back")]
    [InlineData("Asia/Tokyo", "0 20 1 * *", "fall on another day")]
    [InlineData("Asia/Tokyo", "0 20 * 2 *", "fall on another day")]
    [InlineData("Etc/UTC", "0 2 L * *", "cron does not know L, W and #")]
    [InlineData("Etc/UTC", "0 2 * * MON#1", "cron does not know L, W and #")]
    public void What_cron_cannot_say_is_refused(string zone, string at, string said)
    {
        OpsException error = _lab.Refused(at, Request with { Zone = TimeZoneInfo.FindSystemTimeZoneById(zone) });
        Assert.Equal("ScheduleNotExpressible", error.ErrorId);
        Assert.Contains(said, error.Message);
    }

    /// <summary>Whatever the hours and the offset: the lines together come to the same times.</summary>
    [Fact]
    public void The_lines_of_another_clock_come_to_the_same_times() => Proof.ForEach(500, 60, (random, run) =>
    {
        string at = $"{random.Next(60)},{random.Next(60)} {random.Next(24)},{random.Next(24)} * * {random.Next(7)},{random.Next(7)}";
        TimeSpan offset = TimeSpan.FromMinutes(random.Next(-12 * 4, 14 * 4) * 15);
        DateTimeOffset from = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), to = from.AddDays(14);
        List<DateTimeOffset> expected = Times(CronSchedule.Parse(at, out _)!, from, to, TimeSpan.Zero), found = [.. CronShift.Lines(CronFields.Parse(at)!, offset)!
            .SelectMany(l => Times(CronSchedule.Parse(l, out _)!, from, to, offset)).Distinct().Order()];
        Assert.True(expected.SequenceEqual(found), $"Case {run}: {at} at {offset}");
    });

    [Fact]
    public void An_entry_that_cannot_be_said_keeps_the_file_of_all_of_them_from_being_made()
    {
        var failed = new List<OpsException>();
        Assert.Throws<OpsException>(() => _lab.ExportAll("schedule: { a: { at: \"0 2 * * *\", run: x }, b: { at: \"0 2 L * *\", run: x } }", Request, failed.Add));
        Assert.Empty(failed);
    }

    [Fact]
    public void A_name_that_ends_a_line_is_refused() => Assert.Equal("ScheduleIncomplete", _lab.Refused("0 2 * * *", Request with { User = "root\n* * * * * root rm" }).ErrorId);

    private static List<DateTimeOffset> Times(CronSchedule cron, DateTimeOffset from, DateTimeOffset to, TimeSpan offset)
    {
        var times = new List<DateTimeOffset>();
        for (DateTimeOffset? at = cron.Next(from + offset - TimeSpan.FromTicks(1)); at < to + offset; at = cron.Next(at.Value)) times.Add(at.Value - offset);
        return times;
    }
}
