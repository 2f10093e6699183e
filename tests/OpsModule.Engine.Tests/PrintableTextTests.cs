using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Tests;

/// <summary>What strangers write never steers a terminal.</summary>
public sealed class PrintableTextTests
{
    /// <summary>Every character that steers, turns or hides.</summary>
    internal static readonly string Hostile = string.Concat(Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21)).Concat([0xad, 0x61c, 0x180e, 0xfeff, 0xfff9, 0xfffa, 0xfffb])
        .Concat(Enumerable.Range(0x200b, 5)).Concat(Enumerable.Range(0x2028, 7)).Concat(Enumerable.Range(0x2060, 16)).Where(c => c is not ('\n' or '\t')).Select(c => (char)c));

    [Fact]
    public void Each_of_them_becomes_a_symbol()
    {
        string shown = PrintableText.Of("a" + Hostile + "b");
        Assert.Equal(Hostile.Length + 2, shown.Length);
        Assert.True(PrintableText.IsSafe(shown));
        Assert.All(Hostile, c => Assert.False(PrintableText.IsSafe($"a{c}b"), $"U+{(int)c:X4}"));
        Assert.DoesNotContain(shown, c => Hostile.Contains(c));
    }

    [Theory]
    [InlineData("plain text, Köln, 日本, \ta tab\nand a line")]
    [InlineData("")]
    public void What_is_harmless_stays(string text) => Assert.Same(text, PrintableText.Of(text));

    [Theory]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("\u001b]0;title\u0007", "␛]0;title␇")]
    [InlineData("\u001b[2J\u009b31m", "␛[2J\ufffd31m")]
    public void Colours_are_left_out_and_the_rest_is_shown(string text, string expected) => Assert.Equal(expected, PrintableText.Of(text));

    [Fact]
    public void Errors_and_health_are_safe_where_they_are_made()
    {
        var error = new OpsException("Any", OpsErrorCategory.ReadError, "a" + Hostile, "b" + Hostile);
        Assert.True(PrintableText.IsSafe(error.Message) && PrintableText.IsSafe(error.RecommendedAction));
        var health = new OpsModule.Engine.Areas.Health.HealthResult { Check = "c", Target = "t", Status = OpsModule.Engine.Areas.Health.HealthStatus.Unhealthy, Environment = "e", Message = Hostile, Value = Hostile, Remedy = Hostile };
        Assert.True(PrintableText.IsSafe(health.Message) && PrintableText.IsSafe(health.Value!) && PrintableText.IsSafe(health.Remedy));
    }
}
