using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>A value inside of a text is taken out and put in, percent-encoded; what does not fit is refused.</summary>
public sealed class UseTemplateTests
{
    private const string Url = "postgres://{login}:{value}@db/shop";

    [Theory]
    [InlineData(Url, "postgres://app:p%40ss%2Fw%C3%B6rd@db/shop", "app", "p@ss/wörd")]
    [InlineData(Url, "postgres://app_b:a!b$c@db/shop", "app_b", "a!b$c")]
    [InlineData("{value}", "x%20y", null, "x y")]
    [InlineData("a={value};b={value}", "a=1%3B;b=1%3B", null, "1;")]
    [InlineData("redis://:{value}@cache:6379/0?x=1", "redis://:s3cret@cache:6379/0?x=1", null, "s3cret")]
    public void What_stands_there_is_read(string template, string text, string? login, string value)
    {
        SecretMaterial read = new UseTemplate(template).Read(text, "here");
        Assert.Equal((login, value), (read.Login, read.Value));
    }

    [Theory]
    [InlineData(Url, "postgres://app:a@b@db/shop")]
    [InlineData(Url, "postgres://app:ab@db/shop?sslmode=require")]
    [InlineData(Url, "mysql://app:ab@db/shop")]
    [InlineData(Url, "postgres://app:@db/shop")]
    [InlineData(Url, "postgres://app:a%4@db/shop")]
    [InlineData(Url, "postgres://app:a%FFb@db/shop")]
    [InlineData(Url, "postgres://app:a:b@db/shop")]
    [InlineData(Url, "postgres://app:ab@db/shop\n")]
    [InlineData("a={value};b={value}", "a=1;b=2")]
    public void What_does_not_fit_is_refused_and_never_said(string template, string text)
    {
        OpsException refused = Assert.Throws<OpsException>(() => new UseTemplate(template).Read(text, "here"));
        Assert.Equal("SecretTemplateDiffers", refused.ErrorId);
        Assert.DoesNotContain("a@b", refused.Message);
    }

    [Fact]
    public void A_text_that_is_nothing_but_the_login_has_it_as_it_is()
    {
        var alone = new UseTemplate("{login}");
        SecretMaterial read = alone.Read("app b@c", "here");
        Assert.Equal((true, "app b@c"), (read.IsLoginAlone, read.Login));
        Assert.Equal("app b@c", alone.Write(new SecretMaterial("value", "app b@c")));
        Assert.Equal("SecretPlaceUnsupported", Assert.Throws<OpsException>(() => new UseTemplate("user={login}")).ErrorId);
    }

    private const string Signs = "aZ9 %@:/?#[]&=+$,;!'()*~.\\\"ä中\t";

    [Fact]
    public void Whatever_is_written_reads_back() => Proof.ForEach(5_000, 500, (random, _) =>
    {
        string Made() => new([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => Signs[random.Next(Signs.Length)])]);
        var material = new SecretMaterial(Made(), Made());
        Assert.Equal(material, new UseTemplate(Url).Read(new UseTemplate(Url).Write(material), "here"));
    });

    [Fact]
    public void A_text_without_a_place_and_a_login_that_is_missing_are_refused()
    {
        Assert.Equal("SecretPlaceUnsupported", Assert.Throws<OpsException>(() => new UseTemplate("x")).ErrorId);
        Assert.Equal("SecretPlaceUnsupported", Assert.Throws<OpsException>(() => new UseTemplate(Url).Write(new SecretMaterial("x"))).ErrorId);
    }
}
