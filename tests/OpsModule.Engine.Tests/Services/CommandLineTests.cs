using OpsModule.Engine.Areas.Services;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Services;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("ls -l /", "ls|-l|/")]
    [InlineData("  ls\t-l \n", "ls|-l")]
    [InlineData("psql -U app -c 'select 1'", "psql|-U|app|-c|select 1")]
    [InlineData("a\"b c\"'d e'f", "ab cd ef")]
    [InlineData("x '' \"\"", "x||")]
    [InlineData(@"a\ b \'c\' \\", @"a b|'c'|\")]
    [InlineData("""x "a\"b" "a\\b" "a\nb" "\$H" """, """x|a"b|a\b|a\nb|$H""")]
    [InlineData(@"x 'a\b'", @"x|a\b")]
    [InlineData("echo $HOME * `id` $(id) ; rm | cat > f & #x", "echo|$HOME|*|`id`|$(id)|;|rm|PIPE|cat|>|f|&|#x")]
    public void A_line_is_split_as_a_shell_does_and_nothing_is_expanded(string line, string words) =>
        Assert.Equal(words.Split('|').Select(w => w == "PIPE" ? "|" : w), CommandLine.Split(line));

    [Theory]
    [InlineData("sh -c 'exit", "character 7")]
    [InlineData("sh \"a", "character 4")]
    [InlineData("sh \"a\\\"", "not closed")]
    [InlineData("sh a\\", "backslash")]
    [InlineData("   ", "no program")]
    [InlineData("'' a", "no program")]
    public void What_cannot_be_split_is_refused_and_not_said_again(string line, string says)
    {
        OpsException refused = Assert.Throws<OpsException>(() => CommandLine.Split(line));
        Assert.Equal("CommandLineInvalid", refused.ErrorId);
        Assert.Contains(says, refused.Message);
        Assert.DoesNotContain("exit", refused.Message);
    }
}
