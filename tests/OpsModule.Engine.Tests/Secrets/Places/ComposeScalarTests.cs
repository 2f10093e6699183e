using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>A value under <c>environment:</c> is changed at its place, and every other byte stays; else the line is named.</summary>
public sealed class ComposeScalarTests
{
    private const string Odd = "it's \"$x\" \\ #: é\n";

    /// <summary>What stands under the service; <c>@</c> is where the written scalar stands.</summary>
    public static TheoryData<string, string, string> Places => new()
    {
        { "environment: { PW: @ }", "old", "old" },
        { "environment: { A: 1, PW: @, B: 2 }", "'old'", "old" },
        { "environment: {PW: @}", "\"old\"", "old" },
        { "environment:\n      PW: @", "old", "old" },
        { "environment:\n      PW: @ # why", "old", "old" },
        { "environment:\n      PW: @   # why", "'o''ld'", "o'ld" },
        { "environment:\n      PW:   @\n      B: x", "\"o\\\"l\\u0064\"", "o\"ld" },
        { "environment:\n      \"PW\": @\n      B: x", "old", "old" },
        { "environment:\n      'PW': @\n", "old", "old" },
        { "environment:\n      ? PW\n      : @\n      B: x", "old", "old" },
        { "environment:\n      PW: @\n      B: x", "|-\n        old", "old" },
        { "environment:\n      PW: @\n      B: x", ">-\n        old\n        text", "old text" },
        { "environment:\n      PW: @\n\n    image: y", "|\n        old", "old\n" },
        { "environment:\n      A: *x\n      PW: @", "old", "old" },
        { "environment:\n      PW: @\n    labels: { PW: old }", "old", "old" },
        { "environment:\n      PW: @\n      PW2: old", "old", "old" },
        { "environment:\n      PW:\n        @\n      B: x", "old", "old" },
        { "environment:\n      PW:\n        @\n      B: x", "\"old\n        text\"", "old text" },
        { "environment:\n      PW: @\n      B: x", "o$$ld", "o$ld" },
        { "environment:\n      PW: @\n      B: x", "12345", "12345" },
        { "environment: [ @ ]", "PW=old", "old" },
        { "environment: [ A, @, B=2 ]", "\"PW=old\"", "old" },
        { "environment:\n      - @", "PW=old", "old" },
        { "environment:\n      - @ # why\n      - B=1", "'PW=o=ld'", "o=ld" },
        { "environment:\n    - A=1\n    - @\n    - B=1", "PW=old", "old" },
        { "environment:\n      - PW=first\n      - @\n      - B=1", "PW=old", "old" },
        { "environment:\n      - PWX=1\n      - @", "PW=o$$ld", "o$ld" },
        { "environment:\n      - >-\n        A=1\n      - @\n", "PW=old", "old" },
        { "environment:\n\n      # a comment: PW: old\n      PW: @\n", "old", "old" },
        { "environment:\n      A: \"PW: old\"\n      PW: @\n", "old", "old" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void A_value_is_changed_where_it_stands(string service, string written, string value)
    {
        foreach (string end in (string[])["\n", "\r\n"])
            foreach (string head in (string[])["", "\uFEFF", "# a comment\nname: x\n"])
                foreach (string wanted in (string[])["n3w", "yes", "0123", "a b", Odd, "=x", "ends$"])
                {
                    string before = (head + "services:\n  db: { environment: { PW: other } }\n  api:\n    image: &x z\n    " + service
                        + "\nvolumes: { v: {} }\n").Replace("\n", end);
                    string text = before.Replace("@", written.Replace("\n", end));

                    ComposeScalar scalar = ComposeScalar.Find([("compose.yaml", text)], "api", "PW");
                    Assert.Equal(value, scalar.Value);
                    string changed = scalar.With(wanted);

                    Assert.Equal(wanted, ComposeScalar.Find([("compose.yaml", changed)], "api", "PW").Value);
                    int at = before.IndexOf('@');
                    Assert.StartsWith(before[..at], changed);
                    Assert.EndsWith(before[(at + 1)..], changed);
                    Assert.Equal(value, ComposeScalar.Find([("compose.yaml", ComposeScalar.Find([("compose.yaml", changed)], "api", "PW").With(value))],
                        "api", "PW").Value);
                }
    }

    [Theory]
    [InlineData("environment: { PW: &a old }", "anchor", 5)]
    [InlineData("environment:\n      A: &a old\n      PW: *a", "anchor", 7)]
    [InlineData("environment: &e { PW: old }\n  web: { environment: *e }", "anchor", 5)]
    [InlineData("environment: { PW: !!str old }", "tag", 5)]
    [InlineData("environment: { PW: }", "passed on", 5)]
    [InlineData("environment:\n      - PW", "passed on", 6)]
    [InlineData("environment: { PW: \"${SECRET}\" }", "SECRET", 5)]
    [InlineData("environment: { PW: \"a$X:b\" }", "variable X", 5)]
    [InlineData("environment: { <<: *base }", "anchor", 5)]
    [InlineData("environment: *base", "anchor", 5)]
    [InlineData("environment:\n      PW: | # why\n        old", "comment", 6)]
    public void What_cannot_be_changed_alone_is_refused_with_the_line_to_move(string service, string why, int line)
    {
        string text = "x-base: &base { PW: old }\nservices:\n  api:\n    image: x\n    " + service + "\n";
        OpsException refused = Assert.Throws<OpsException>(() => ComposeScalar.Find([("compose.yaml", text)], "api", "PW"));
        Assert.Equal("ComposeScalarUnclear", refused.ErrorId);
        Assert.Contains(why, refused.Message);
        Assert.Contains($"line {line},", refused.Message);
        Assert.DoesNotContain("old", refused.Message);
    }

    [Fact]
    public void The_file_that_counts_is_the_last_one_that_has_it()
    {
        (string, string)[] files = [("a.yaml", "services: { api: { environment: { PW: one } } }"), ("b.yaml", "services: { api: { environment: [ PW=two ] } }"),
            ("c.yaml", "services: { api: { image: x } }")];
        ComposeScalar found = ComposeScalar.Find(files, "api", "PW");
        Assert.Equal(("b.yaml", "two"), (found.File, found.Value));
        Assert.Equal("ComposeScalarMissing", Assert.Throws<OpsException>(() => ComposeScalar.Find(files, "api", "OTHER")).ErrorId);
        Assert.Equal("ComposeScalarUnclear", Assert.Throws<OpsException>(() => ComposeScalar.Find([("a", "a: [")], "api", "PW")).ErrorId);
    }

    [Fact]
    public void Places_of_values_are_those_of_the_text()
    {
        const string Text = "a: 'x'\nb: [ 1, \"two\" ]\nc:\n  d: |\n    e\n";
        Assert.Equal(["'x'", "1", "\"two\"", "|\n    e"], YamlScalars.Read(Text).Select(s => Text.Substring(s.Start, s.Length)));
        Assert.Equal(["a", "b/[0]", "b/[1]", "c/d"], YamlScalars.Read(Text).Select(s => s.Key));
    }
}
