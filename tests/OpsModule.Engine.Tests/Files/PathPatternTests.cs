using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Tests.Files;

public sealed class PathPatternTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public PathPatternTests()
    {
        foreach (string name in new[] { "a1.log", "a2.log", "a[1].log", "b.log", ".hidden.log", "sub/c.log", "x-y.log" }) _folder.Write(name, "");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a?.log", "a1.log a2.log")]
    [InlineData("*.log", "a1.log a2.log a[1].log b.log x-y.log")]
    [InlineData("a[12].log", "a1.log a2.log")]
    [InlineData("a[0-1].log", "a1.log")]
    [InlineData("x[+-]y.log", "x-y.log")]
    [InlineData("[!a].log", "")]
    [InlineData("a`[*.log", "a[1].log")]
    [InlineData("a`[1`].log", "a[1].log")]
    [InlineData("s*/*.log", "sub/c.log")]
    [InlineData(".h*", ".hidden.log")]
    [InlineData("a[1.log", "")]
    [InlineData("none", "")]
    public void WildcardsAreThoseOfPowerShell(string pattern, string found) =>
        Assert.Equal(found, string.Join(' ', PathPattern.Expand(_folder[pattern], out _).Select(p => Path.GetRelativePath(_folder[""], p))));

    [Fact]
    public void AFileOfTheVeryNameComesFirst()
    {
        Assert.Equal([_folder["a[1].log"]], PathPattern.Expand(_folder["a[1].log"], out bool isNamed));
        Assert.True(isNamed);
    }

    [Theory]
    [InlineData("/tmp/a[1].log")]
    [InlineData("/tmp/a*?`.log")]
    [InlineData("/tmp/plain")]
    public void WhatIsEscapedMeansItselfAndNothingElse(string path)
    {
        Assert.False(PathPattern.HasWildcard(PathPattern.Escape(path)));
        Assert.Equal(path, PathPattern.Unescape(PathPattern.Escape(path)));
    }

    [Fact]
    public void ManyStarsTakeNoTimeToSpeakOf()
    {
        _folder.Write(new string('a', 200), "");
        Assert.Empty(PathPattern.Expand(_folder[string.Concat(Enumerable.Repeat("a*", 60)) + "b"], out _));
    }
}
