using System.Management.Automation;
using OpsModule.Rollouts;

namespace OpsModule.Cmdlets.Tests;

public sealed class DurationTests
{
    public static TheoryData<object> Bare => [30, 30L, 30.5, 30m, "30", " 30 ", "1.5", "-1", "1e3"];

    [Theory]
    [MemberData(nameof(Bare))]
    public void AnAgeHasAUnit(object value)
    {
        Assert.Contains("has no unit", Assert.Throws<FormatException>(() => new DurationAttribute().Transform(null!, value)).Message);
        Assert.Contains("has no unit", Assert.Throws<FormatException>(() => new MomentAttribute().Transform(null!, value)).Message);
    }

    [Fact]
    public void AWaitMayBeANumberOfSeconds()
    {
        foreach (object value in new object[] { 30, 30L, 30.0, "30", "30s", TimeSpan.FromSeconds(30), "0:00:30" })
            Assert.Equal(TimeSpan.FromSeconds(30), new DurationAttribute { Waits = true }.Transform(null!, value));
        Assert.Throws<FormatException>(() => new DurationAttribute { Waits = true }.Transform(null!, -1));
    }

    [Fact]
    public void WhatHasAUnitIsTakenAndWhatIsNegativeIsNot()
    {
        Assert.Equal(TimeSpan.FromDays(30), new DurationAttribute().Transform(null!, "30d"));
        Assert.Equal(TimeSpan.FromDays(30), new DurationAttribute().Transform(null!, TimeSpan.FromDays(30)));
        Assert.Throws<FormatException>(() => new DurationAttribute().Transform(null!, TimeSpan.FromDays(-30)));
        // An age that is negative lies in the future, and everything is older.
        Assert.Throws<FormatException>(() => new MomentAttribute().Transform(null!, TimeSpan.FromDays(-30)));
        var ago = (DateTimeOffset)new MomentAttribute().Transform(null!, TimeSpan.FromDays(30))!;
        Assert.InRange(DateTimeOffset.UtcNow - ago, TimeSpan.FromDays(30), TimeSpan.FromDays(31));
        Assert.Equal(DateTimeOffset.UnixEpoch, new MomentAttribute().Transform(null!, DateTime.UnixEpoch));
    }

    [Fact]
    public void ANumberThatLostItsLetterIsNoWait()
    {
        foreach (object value in new object[] { 2m, (short)2, (sbyte)2, (byte)2, (ushort)2, 2u, new System.Numerics.BigInteger(2), new PSObject(2m) })
            Assert.Contains("a letter behind it", Assert.Throws<FormatException>(() => new DurationAttribute { Waits = true }.Transform(null!, value)).Message);
    }

    [Fact]
    public void ADurationKeepsToItsBounds()
    {
        var bounded = new DurationAttribute { Waits = true, Least = "1s", Most = "1h" };
        Assert.Equal(TimeSpan.FromHours(1), bounded.Transform(null!, "60m"));
        foreach (object value in new object[] { 0, "2h", TimeSpan.FromMilliseconds(1), 3601 })
            Assert.Contains("from 1s to 1h was expected", Assert.Throws<FormatException>(() => bounded.Transform(null!, value)).Message);
    }

    [Fact]
    public void WhatIsFasterThanASecondIsTakenWhereItCounts()
    {
        DurationAttribute latency = typeof(OpsRolloutCmdlet).GetProperty(nameof(OpsRolloutCmdlet.MaxLatencyP95))!
            .GetCustomAttributes(typeof(DurationAttribute), true).Cast<DurationAttribute>().Single();
        foreach (object value in new object[] { "250ms", "0.25", 0.25, TimeSpan.FromMilliseconds(250) })
            Assert.Equal(TimeSpan.FromMilliseconds(250), latency.Transform(null!, value));
        Assert.Equal(TimeSpan.FromSeconds(2), latency.Transform(null!, "2s"));
        foreach (object value in new object[] { "0ms", 0, "11m" })
            Assert.Contains("from 1ms to 10m was expected", Assert.Throws<FormatException>(() => latency.Transform(null!, value)).Message);
        Assert.Contains("250ms", Assert.Throws<FormatException>(() => latency.Transform(null!, "fast")).Message);
        // Elsewhere nobody means a part of a second.
        Assert.Throws<FormatException>(() => new DurationAttribute { Waits = true }.Transform(null!, "250ms"));
    }

    [Fact]
    public void DaysHaveNames()
    {
        Assert.Equal(new DateTimeOffset(DateTime.Today), new MomentAttribute().Transform(null!, "Today"));
        Assert.Equal(new DateTimeOffset(DateTime.Today.AddDays(-1)), new MomentAttribute().Transform(null!, "yesterday"));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 3, 16, 0, TimeSpan.Zero), new MomentAttribute().Transform(null!, "2026-11-21T03:16:00Z"));
        Assert.Equal(DateTimeOffset.MinValue, new MomentAttribute().Transform(null!, DateTime.MinValue));
        Assert.Throws<FormatException>(() => new MomentAttribute().Transform(null!, "tomorrow or so"));
    }

    /// <summary>As they arrive from PowerShell itself.</summary>
    [Theory]
    [InlineData("-Timeout 2s", "")]
    [InlineData("-Timeout 2", "")]
    [InlineData("-Timeout 1m", "")]
    [InlineData("-Timeout (New-TimeSpan -Seconds 1)", "")]
    [InlineData("-Timeout:2s", "")]
    [InlineData("-Timeout 2d", "from 1s to 1h")]
    [InlineData("-Timeout (2d)", "a letter behind it")]
    [InlineData("-Timeout 2kb", "is not a duration")]
    [InlineData("-Timeout 0", "from 1s to 1h")]
    [InlineData("-Timeout ([int16]2)", "a letter behind it")]
    [InlineData("-Timeout ''", "is not a duration")]
    public void AWaitIsReadAsItWasWritten(string parameter, string refused) => Check($"Get-OpsDiskUsage -Kind FileSystem {parameter}", refused);

    [Theory]
    [InlineData("-After ([TimeSpan]'01:00')", "")]
    [InlineData("-After 36h", "")]
    [InlineData("-After today -Before (Get-Date)", "")]
    [InlineData("-After 2d", "")]
    [InlineData("-After (2d)", "has no unit")]
    [InlineData("-After 30", "has no unit")]
    [InlineData("-After 1.5", "has no unit")]
    [InlineData("-After $null", "")]
    public void AMomentIsReadAsItWasWritten(string parameter, string refused) => Check($"Get-OpsChange {parameter}", refused);

    private static void Check(string script, string refused)
    {
        string folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "ops.yaml"), "environment: a");
            Running.PwshRun run = Running.PwshRun.Of(script, folder);
            if (refused.Length == 0) Assert.Empty(run.ErrorRecords);
            else Assert.Contains(refused, Assert.Single(run.OtherErrors));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }
}
