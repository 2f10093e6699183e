using System.Management.Automation;

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
        foreach (object value in new object[] { 30, 30L, 30.0, 30m, "30", "30s", TimeSpan.FromSeconds(30), "0:00:30" })
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
        Assert.Equal(DateTime.UnixEpoch, new MomentAttribute().Transform(null!, DateTime.UnixEpoch));
    }
}
