namespace OpsModule.Cmdlets.Tests;

public sealed class DisplayTests
{
    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(1.5, "1.5 s")]
    [InlineData(125, "2 min 5 s")]
    [InlineData(90_000, "1 d 1 h")]
    public void Durations(double seconds, string expected) => Assert.Equal(expected, Display.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0L, "0 B")]
    [InlineData(999L, "999 B")]
    [InlineData(1536L << 20, "1.5 GiB")]
    [InlineData(277_042_000_000L, "258.0 GiB")]
    [InlineData("1610612736", "1.5 GiB")]
    [InlineData(-1L, "")]
    [InlineData("x", "")]
    public void Sizes(object bytes, string expected) => Assert.Equal(expected, Display.Size(bytes));

    [Theory]
    [InlineData("2026-11-28T17:52:17.0000000+00:00")]
    [InlineData("11/28/2026 17:52:17 +00:00")]
    public void ATimeOfAnotherSessionIsShownAsALiveOne(string text) => Assert.Equal("2026-11-28 17:52:17Z", Display.Time(text));
}
