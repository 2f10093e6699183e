using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>The section schedule: of the environment file.</summary>
public sealed class ScheduleSectionTests : IDisposable
{
    private readonly ScheduleLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void An_entry_is_read_as_it_stands()
    {
        ScheduleEntry entry = ScheduleLab.Entry(_lab.Context("""
            schedule:
              nightly: { at: " 0 2 * * * ", run: "Backup-OpsDatabase main | Assert-OpsResult", ping: "env:PING_URL", grace: 3h }
            """));
        Assert.Equal(("0 2 * * *", "Backup-OpsDatabase main | Assert-OpsResult", TimeSpan.FromHours(3), "env:PING_URL"), (entry.At, entry.Run, entry.Grace!.Value, $"{entry.Ping}"));
    }

    [Theory]
    [InlineData("at: \"0 0 30 2 *\", run: x", "CronInvalid", "schedule.a.at is '0 0 30 2 *', and it never comes to pass", 3)]
    [InlineData("at: \"0 2 1 * 1\", run: x", "CronInvalid", "restricts the day of the month and the weekday", 3)]
    [InlineData("at: \"0 2 * * *\", run: \"  \"", "EmptyValue", "nothing but blanks", 3)]
    [InlineData("at: \"0 2 * * *\", run: \"\"", "EmptyValue", "schedule.a.run is empty", 3)]
    [InlineData("at: \"0 2 * * *\"", "MissingKey", "no key 'run'", 3)]
    [InlineData("run: x", "MissingKey", "no key 'at'", 3)]
    [InlineData("at: \"0 2 * * *\", run: x, grace: soon", "BadValue", "'soon' is no valid schedule.a.grace", 3)]
    [InlineData("at: \"0 2 * * *\", run: x, on: y", "UnknownKey", "'on' is no key", 3)]
    public void What_is_wrong_is_said_with_its_line(string entry, string code, string said, int line)
    {
        EnvironmentFinding finding = Assert.Single(_lab.Load($"schedule:\n  a: {{ {entry} }}\n").Findings, f => f.Severity == FindingSeverity.Error);
        Assert.Equal((code, line), (finding.Code, finding.Line));
        Assert.Contains(said, finding.Message);
    }

    [Fact]
    public void A_literal_url_is_a_secret_that_is_not_shown()
    {
        EnvironmentLoad load = _lab.Load("schedule: { a: { at: \"0 2 * * *\", run: x, ping: \"https://ping.example.net/s3cret\" } }");
        EnvironmentFinding finding = Assert.Single(load.Findings, f => f.Code == "LiteralSecret");
        Assert.DoesNotContain("s3cret", finding.Message);
        Assert.Equal("(literal)", $"{load.Environment!.Section<ScheduleSettings>().Entries["a"].Ping}");
    }
}
