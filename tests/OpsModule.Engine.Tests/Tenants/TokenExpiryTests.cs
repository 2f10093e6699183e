using System.Text;
using OpsModule.Engine.Areas.Tenants.Proving;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>When a token ends is read where it says so.</summary>
public sealed class TokenExpiryTests
{
    /// <summary>A token without a signature that anybody believes.</summary>
    public static string Token(DateTimeOffset ends) => $"{Encode("{\"alg\":\"HS256\"}")}.{Encode($"{{\"sub\":\"demo\",\"exp\":{ends.ToUnixTimeSeconds()}}}")}.c2ln";

    [Fact]
    public void Its_end_is_read()
    {
        var ends = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        Assert.Equal(ends, TokenExpiry.Of(Token(ends)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("demo-token")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("a.!!!.c")]
    [InlineData("a.eyJleHAiOiJub25lIn0.c")] // exp is a text
    [InlineData("a.W10.c")] // a list
    [InlineData("a.eyJleHAiOjFlOTl9.c")] // beyond all time
    public void Of_others_nothing_is_said(string token) => Assert.Null(TokenExpiry.Of(token));

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
