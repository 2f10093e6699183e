using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Postgres.Passwords;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Verifiers as RFC 7677 and a server compute them; passwords as RFC 4013 prepares them.</summary>
public sealed class ScramVerifierTests
{
    [Fact]
    public void The_server_key_signs_as_in_RFC_7677()
    {
        const string Nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", Salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
        ScramVerifier verifier = ScramVerifier.Of("pencil", 4096, Convert.FromBase64String(Salt));
        byte[] serverKey = Convert.FromBase64String(verifier.Secret[(verifier.Secret.LastIndexOf(':') + 1)..]);

        byte[] signature = HMACSHA256.HashData(serverKey, Encoding.UTF8.GetBytes($"n=user,r=rOprNGfwEbeRWgbNEkqO,r={Nonce},s={Salt},i=4096,c=biws,r={Nonce}"));

        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(signature));
        Assert.StartsWith($"SCRAM-SHA-256$4096:{Salt}$", verifier.Secret);
    }

    [Fact]
    public void It_reads_what_a_server_keeps_and_shows_none_of_it()
    {
        ScramVerifier made = ScramVerifier.Of("s3cret", 20_000);
        Assert.True(ScramVerifier.TryParse(made.Secret, out ScramVerifier? read));
        Assert.Equal((made.Secret, 20_000, 16), (read.Secret, read.Iterations, read.Salt.Length));
        Assert.True(read.Fits("s3cret"));
        Assert.False(read.Fits("s3creT"));
        Assert.Equal("(SCRAM-SHA-256, 20000 iterations)", made.ToString());
        Assert.NotEqual(made.Secret, ScramVerifier.Of("s3cret", 20_000).Secret);
        Assert.All(new string?[] { null, "", "md5a3556571e93b0d20722ba62be61e8c2d", "SCRAM-SHA-256$0:aaaa$bbbb:cccc", "SCRAM-SHA-256$4096:aaaa$bbbb:cccc", "SCRAM-SHA-256$4096:%$%:%" },
            text => Assert.False(ScramVerifier.TryParse(text, out _)));
    }

    [Theory]
    [InlineData("I\u00ADX", "IX")]
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData("\u00AA", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("a\u00A0b", "a b")]
    [InlineData("pa\u0308ss", "p\u00E4ss")]
    [InlineData("\u0627\u0628", "\u0627\u0628")]
    public void Passwords_are_prepared_as_in_RFC_4013(string text, string expected)
    {
        Assert.Null(SaslPrep.Prepare(text, out string prepared));
        Assert.Equal(expected, prepared);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("\u0007", "control character")]
    [InlineData("\u00E4\u0007", "control character")]
    [InlineData("\u0627\u0031", "right to left")]
    [InlineData("\u0627a\u0627", "right to left")]
    [InlineData("\u00AD", "nothing is left")]
    [InlineData("\uE000", "private use")]
    [InlineData("\u0221", "Unicode 3.2")]
    public void What_the_RFC_prohibits_is_refused(string text, string why)
    {
        Assert.Contains(why, SaslPrep.Prepare(text, out string prepared));
        Assert.Equal("", prepared);
        // Half of a pair, which no attribute can hold.
        Assert.Contains("valid Unicode", SaslPrep.Prepare("a\uD800", out _));
    }
}
