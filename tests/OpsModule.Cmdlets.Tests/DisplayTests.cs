namespace OpsModule.Cmdlets.Tests;

public sealed class DisplayTests
{
    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(1.5, "1.5 s")]
    [InlineData(125, "2 min 5 s")]
    [InlineData(90_000, "1 d 1 h")]
    public void Durations(double seconds, string expected) => Assert.Equal(expected, Display.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Sizes() => Assert.Equal("1,536.0 MiB", Display.Size(1536L << 20));
}
