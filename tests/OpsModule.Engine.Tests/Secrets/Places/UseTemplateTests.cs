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
    [InlineData("{value}", "x%20y", null, "x%20y")]
    [InlineData("a={value};b={value}", "a=1%3B;b=1%3B", null, "1%3B")]
    [InlineData("host=db user={login} password={value}", "host=db user=app password=p@ss%40", "app", "p@ss%40")]
    [InlineData("host=db password='{value}'", "host=db password='p ss;'", null, "p ss;")]
    [InlineData("Endpoint=sb://ns.example.net/;SharedAccessKey={value}", "Endpoint=sb://ns.example.net/;SharedAccessKey=abc==", null, "abc==")]
    [InlineData("url = \"amqp://{login}:{value}@mq\"", "url = \"amqp://a:p%40s@mq\"", "a", "p@s")]
    [InlineData("mongodb://{login}:{value}@a,b/x", "mongodb://a:p%2Cs@a,b/x", "a", "p,s")]
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
    [InlineData("host=db password={value}", "host=db password=a@b c")]
    [InlineData("host=db password={value}", "host=db password='a@b'")]
    [InlineData("host=db password='{value}'", "host=db password='a@b\\'c'")]
    public void What_does_not_fit_is_refused_and_never_said(string template, string text)
    {
        OpsException refused = Assert.Throws<OpsException>(() => new UseTemplate(template).Read(text, "here"));
        Assert.Equal("SecretTemplateDiffers", refused.ErrorId);
        Assert.DoesNotContain("a@b", refused.Message);
    }

    private const string Plain = "host=db user={login} password={value}";

    [Fact]
    public void A_text_that_is_nothing_but_the_login_has_it_as_it_is()
    {
        var alone = new UseTemplate("{login}");
        SecretMaterial read = alone.Read("app b@c", "here");
        Assert.Equal((true, "app b@c"), (read.IsLoginAlone, read.Login));
        Assert.Equal("app b@c", alone.Write(new SecretMaterial("value", "app b@c"), "here"));
        Assert.Equal("SecretPlaceUnsupported", Assert.Throws<OpsException>(() => new UseTemplate("user={login}")).ErrorId);
    }

    private const string Signs = "aZ9 %@:/?#[]&=+$,;!'()*~.\\\"ä中\t";

    [Fact]
    public void Whatever_is_written_reads_back() => Proof.ForEach(5_000, 500, (random, _) =>
    {
        string Made() => new([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => Signs[random.Next(Signs.Length)])]);
        var material = new SecretMaterial(Made(), Made());
        Assert.Equal(material, new UseTemplate(Url).Read(new UseTemplate(Url).Write(material, "here"), "here"));
        // Where no URL is, what comes back is the same to the letter, or it is refused.
        string text;
        try { text = new UseTemplate(Plain).Write(material, "here"); }
        catch (OpsException e) when (e.ErrorId == "SecretValueNotCarried") { return; }
        Assert.Equal($"host=db user={material.Login} password={material.Value}", text);
        Assert.DoesNotMatch(@"[\s'\\]", material.Value + material.Login);
        Assert.Equal(material, new UseTemplate(Plain).Read(text, "here"));
    });

    [Theory]
    [InlineData(Plain, "p@ss", "host=db user=app password=p@ss")]
    [InlineData("host=db user={login} password='{value}'", "p ss", "host=db user=app password='p ss'")]
    [InlineData("Password={value};Uid={login}", "a+/b==", "Password=a+/b==;Uid=app")]
    [InlineData("{login}:{value}@tcp(db)/shop", "a!b", "app:a!b@tcp(db)/shop")]
    [InlineData("jdbc:postgresql://db/shop?user={login}&password={value}", "p@ss", "jdbc:postgresql://db/shop?user=app&password=p%40ss")]
    public void A_value_is_encoded_in_a_url_alone(string template, string value, string text) =>
        Assert.Equal(text, new UseTemplate(template).Write(new SecretMaterial(value, "app"), "here"));

    [Theory]
    [InlineData(Plain, "p ss", "a blank")]
    [InlineData(Plain, "p'ss", "the character '")]
    [InlineData(Plain, "p\\ss", "the character \\")]
    [InlineData("host=db user={login} password='{value}'", "p'ss", "the character '")]
    [InlineData("Password={value};Uid={login}", "p;ss", "the character ;")]
    [InlineData("{login}:{value}@tcp(db)/shop", "p@ss", "the character @")]
    [InlineData("/hook?user={login}&token={value}", "p%40ss", "the character %")]
    public void What_would_need_quotes_elsewhere_is_refused_with_the_character(string template, string value, string words)
    {
        OpsException refused = Assert.Throws<OpsException>(() => new UseTemplate(template).Write(new SecretMaterial(value, "app"), "here"));
        Assert.Equal("SecretValueNotCarried", refused.ErrorId);
        Assert.Contains(words, refused.Message);
        Assert.DoesNotContain(value, refused.Message + refused.RecommendedAction);
    }

    [Fact]
    public void A_text_without_a_place_and_a_login_that_is_missing_are_refused()
    {
        Assert.Equal("SecretPlaceUnsupported", Assert.Throws<OpsException>(() => new UseTemplate("x")).ErrorId);
        Assert.Equal("SecretPlaceUnsupported", Assert.Throws<OpsException>(() => new UseTemplate(Url).Write(new SecretMaterial("x"), "here")).ErrorId);
    }
}
