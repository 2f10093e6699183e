using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Matching;

namespace OpsModule.Engine.Tests.Attacks;

public sealed class LinearRegexTests
{
    [Fact]
    public void An_expression_that_would_backtrack_for_ever_answers_all_the_same()
    {
        var slow = LinearRegex.Of("^(a+)+(b|c)$");
        string text = new('a', 50_000);
        for (int i = 0; i < 3; i++)
        {
            Assert.False(slow.Match(text).Success);
            Assert.Equal((0, 50_001), Place(slow.Match(text + "c")));
        }
    }

    [Theory]
    [InlineData("(a|ab)(c|bcd)?", "xabcd")]
    [InlineData("union( all)? +select|select", "1 union  select 2")]
    [InlineData("[a-z]+?1|1", "abc1")]
    [InlineData("q", "none")]
    public void Both_engines_find_the_same(string pattern, string text)
    {
        Assert.Equal(Place(LinearRegex.Make(pattern).Match(text)), Place(LinearRegex.Of(pattern).Match(text)));
    }

    private static (int, int) Place(Match match) => match.Success ? (match.Index, match.Length) : (-1, 0);
}
