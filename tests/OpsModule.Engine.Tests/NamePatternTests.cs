using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Tests;

public sealed class NamePatternTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("D*", "demo", true)]
    [InlineData("*O", "demo", true)]
    [InlineData("*e*o", "demo", true)]
    [InlineData("d*d*o", "demo", false)]
    [InlineData("d?m?", "DEMO", true)]
    [InlineData("d?", "d", false)]
    [InlineData("[a-d]emo", "Demo", true)]
    [InlineData("[A-D]emo", "demo", true)]
    [InlineData("[xyz]emo", "demo", false)]
    [InlineData("a[1", "A[1", true)]
    [InlineData("a`*", "a*", true)]
    [InlineData("a`*", "abc", false)]
    [InlineData("a`[1`]*", "A[1]x", true)]
    [InlineData("*\\x", "a\\x", true)]
    [InlineData("köln*", "KÖLN & Söhne", true)]
    [InlineData("i*", "\u0130stanbul", false)]
    public void A_pattern_fits_whatever_the_case(string pattern, string name, bool fits) => Assert.Equal(fits, NamePattern.IsMatch(pattern, name));

    [Theory]
    [InlineData("demo", "demo")]
    [InlineData("DEMO", "")]
    [InlineData("Demo", "Demo")]
    [InlineData("ACME", "acme")]
    [InlineData("D*", "demo,Demo")]
    [InlineData("x*", "x*")]
    [InlineData("X*", "x*")]
    [InlineData("a[1]", "a[1]")]
    [InlineData("A[1]", "a[1]")]
    [InlineData("a`[1`]", "a[1]")]
    [InlineData("a[0-9]", "a1")]
    [InlineData("a`b", "a`b")]
    [InlineData("nobody", "")]
    public void The_exact_name_goes_before_another_case_and_that_before_a_pattern(string written, string expected)
    {
        string[] known = ["demo", "Demo", "acme", "x*", "xyz", "a[1]", "a1", "a`b"];
        if (written == "DEMO")
        {
            OpsException several = Assert.Throws<OpsException>(() => NamePattern.Choose(written, known, "tenant"));
            Assert.Equal("NameAmbiguous", several.ErrorId);
            Assert.Contains("demo, Demo", several.Message);
        }
        else Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), NamePattern.Choose(written, known, "tenant"));
    }

    [Fact]
    public void What_means_nothing_fails_alone_and_a_star_is_always_all()
    {
        var failed = new List<OpsException>();
        Assert.Equal(["b", "a"], NamePattern.ChooseAll(["b", "z*", "nobody", "A", "b"], ["a", "b"], "service", n => new OpsException("Unknown", OpsErrorCategory.ObjectNotFound, n, ""), failed.Add));
        Assert.Equal(["NothingMatches", "Unknown"], failed.Select(f => f.ErrorId));
        Assert.Contains("there is a, b", failed[0].Message);
        Assert.Equal(["*", "a"], NamePattern.Choose("*", ["*", "a"], "tenant"));
    }

    [Fact]
    public void No_pattern_takes_long() => Assert.False(NamePattern.IsMatch(string.Concat(Enumerable.Repeat("a*", 200)) + "b", new string('a', 5000)));
}
