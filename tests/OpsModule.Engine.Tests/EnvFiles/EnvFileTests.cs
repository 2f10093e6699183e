using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.EnvFiles;

/// <summary>What stands in an env file, and what comes of it in the two dialects. EnvFileComposeTests asks the Composes themselves.</summary>
[Collection(DockerCollection.Name)]
public sealed class EnvFileTests
{
    [Theory]
    // written, Compose v1, Compose v2
    [InlineData("K=a$b", "a$b", "a")]
    [InlineData("K=\"a$b\"", "a$b", "a")]
    [InlineData("K='a$b'", "a$b", "a$b")]
    [InlineData("K=a$$b", "a$$b", "a$b")]
    [InlineData("K=\"a\\$b\"", "a\\$b", "a$b")]
    [InlineData("K='a\\\\b'", "a\\b", "a\\\\b")]
    [InlineData("K='a\\'", "a\\", null)]
    [InlineData("K: v", null, "v")]
    [InlineData("K=\"a\"b=c", null, "a")]
    [InlineData("K=${P:-d}", "d", "d")]
    [InlineData("P=x\nK=${P:-d}", "x", "x")]
    [InlineData("P=x\nK='${P}'", "x", "${P}")]
    [InlineData("P=\nK=${P:-d}", "", "d")]
    [InlineData("K=${P-d}", "", "d")]
    [InlineData("P=x\nK=${P:+y}${Q+n}", "${P:+y}", "y")]
    [InlineData("P=1\nP=2\nK=${P}", "2", "2")]
    [InlineData("\uFEFFK=v\r\n", "v", "v")]
    [InlineData("export  K = v # c", "v", "v")]
    [InlineData("K=a#b", "a#b", "a#b")]
    [InlineData("K='a b' # c", "a b", "a b")]
    [InlineData("K=''", "", "")]
    [InlineData("K=\"a\nb\"", "a\nb", "a\nb")]
    [InlineData("K='a\nb'", "a\nb", "a\nb")]
    [InlineData("K=\"a\\tb\\\"\"", "a\tb\"", "a\tb\"")]
    [InlineData("K=\"\\0101\\q\"", "\\0101\\q", "A\\q")]
    [InlineData("# K=x\nK", null, null)]
    public void A_value_is_what_each_Compose_makes_of_it(string text, string? first, string? second)
    {
        EnvFile v1 = EnvFile.Parse(text, EnvDialect.PythonDotenv), v2 = EnvFile.Parse(text, EnvDialect.ComposeGo);

        Assert.Equal((first, second), (v1.Values().All.GetValueOrDefault("K"), v2.Fault is null ? v2.Values().All.GetValueOrDefault("K") : null));
        Assert.Equal((text, text), (v1.ToString(), v2.ToString()));
    }

    [Theory]
    [InlineData("K=\"a$b\\n\" # c ", "\"a$b\\n\" # c ")]
    [InlineData("# K=x\n \tK='a'=b\r\n", "'a'=b")]
    [InlineData("\uFEFFK=v", "v")]
    [InlineData("K=${P}\nP=x", "${P}")]
    [InlineData("K=1\nK=2\nK", "2")]
    [InlineData("K=", "")]
    [InlineData("P", null)]
    [InlineData("export K=v", null)]
    [InlineData("K =v", null)]
    [InlineData("=v", null)]
    public void A_raw_file_is_what_stands_there(string text, string? expected)
    {
        EnvFile file = EnvFile.Parse(text, EnvDialect.Raw);
        Assert.Equal(expected, file.Fault is null ? file.Values().All.GetValueOrDefault("K") : null);
        Assert.Equal(text, file.ToString());
        if (file.Fault is null) Assert.Equal("it's \"$x\" \\", EnvFile.Parse(file.Set("K", "it's \"$x\" \\").ToString(), EnvDialect.Raw).Values().All["K"]);
    }

    [Fact]
    public void A_raw_file_of_a_service_is_known_by_the_compose_file_and_by_references()
    {
        using var folder = new TempFolder();
        folder.Write("raw.env", "PW=\"pa$$word\"\n");
        folder.Write("bad.env", "PW=x\nBAD NAME=1\n");
        string compose = folder.Write("compose.yaml", "services:\n  db:\n    image: x\n    env_file: [ { path: raw.env, format: raw }, { path: other.env } ]\n");
        ComposeService service = ComposeFile.Read(compose).Services.Single();
        Assert.Equal([folder["raw.env"]], service.RawEnvFiles);
        Assert.Equal("\"pa$$word\"", ComposeFile.ReadEnvFile(folder["raw.env"], raw: true).Values["PW"]);
        Assert.Equal("\"pa$$word\"", new SecretReference("file:raw.env#raw:PW", folder.Path).Resolve());
        Assert.Contains("line 2: the name 'BAD NAME' holds a blank", Assert.Throws<OpsException>(() => new SecretReference("file:bad.env#raw:PW", folder.Path).Resolve()).Message);
    }

    [Theory]
    [InlineData("A=1\nB C=2\n", "line 2: the name 'B C' holds a blank")]
    [InlineData("A=1\n\nB+=2\n", "line 3: a name cannot hold '+'")]
    [InlineData("A=1\nB='x\ny\n", "line 2: the quote ' is not closed")]
    public void A_fault_is_told_with_its_line_and_nothing_is_lost(string text, string fault)
    {
        EnvFile file = EnvFile.Parse(text, EnvDialect.ComposeGo);

        Assert.Equal(fault, file.Fault);
        Assert.Equal("1", file.Values().All["A"]);
        Assert.Equal(text, file.ToString());
        Assert.Equal("EnvFileInvalid", Assert.Throws<OpsException>(() => file.Set("A", "2")).ErrorId);
    }

    [Fact]
    public void What_is_required_and_not_set_fails_where_it_is_asked_for()
    {
        EnvValues values = EnvFile.Parse("A=${GIVEN}\nB=${NONE:?say it}\nC=${B}x\nD=${", EnvDialect.ComposeGo).Values(name => name == "GIVEN" ? "g" : null);

        Assert.Equal([new("A", "g")], values.All);
        Assert.Equal(["B", "C", "D"], values.Faults.Keys.Order());
        Assert.Contains("NONE", values.Faults["C"]);
    }

    [Fact]
    public void A_secret_is_what_the_application_gets()
    {
        using var folder = new TempFolder();
        folder.Write(".env", "PW=\"St3llar$$pw\"\nURL=postgresql://indexer:${PW}@db:5432/x\nPLAIN=simple\nQ='it$elf'\n");
        folder.Write("api.env", "FROM=${PLAIN}-$PW\n");
        folder.Write("bad.env", "A=1\nB+=2\n");
        string Of(string reference) => new SecretReference("file:" + reference, folder.Path).Resolve();

        using (new ComposeV2())
        {
            Assert.Equal(("St3llar$pw", "postgresql://indexer:St3llar$pw@db:5432/x"), (Of(".env#PW"), Of(".env#URL")));
            Assert.Equal("simple-St3llar$pw", Of("api.env#FROM"));
            Assert.Contains("line 2: a name cannot hold '+'", Assert.Throws<OpsException>(() => Of("bad.env#A")).Message);
        }
        Assert.Equal(("St3llar$$pw", "postgresql://indexer:St3llar$$pw@db:5432/x"), (Of(".env#PW"), Of(".env#URL")));
        Assert.Equal(("simple", "it$elf", "1"), (Of(".env#PLAIN"), Of(".env#Q"), Of("bad.env#A")));
    }

    [Fact]
    public void Compose_files_see_the_same_values()
    {
        using var folder = new TempFolder();
        folder.Write("compose.yaml", "name: ${STACK}\nservices: { a: { image: x } }\n");
        folder.Write(".env", "BASE=Shop\nSTACK=\"${BASE}$$x\"\n");
        using var second = new ComposeV2();

        ComposeFile file = ComposeFile.Read(Path.Combine(folder.Path, "compose.yaml"));

        Assert.Equal("Shop$x", file.Variables.Find("STACK"));
    }

    [Theory]
    [InlineData(EnvDialect.ComposeGo)]
    [InlineData(EnvDialect.PythonDotenv)]
    public void A_value_is_changed_where_it_stands(EnvDialect dialect)
    {
        const string Text = "# first\r\nexport A = old  # why\r\nB='x'\r\nA=\"second $B\" # last\r\n\r\n";

        Assert.Equal(Text.Replace("second $B", "n3w"), EnvFile.Parse(Text, dialect).Set("A", "n3w").ToString());
        Assert.Equal(Text + "C='a b'\r\n", EnvFile.Parse(Text, dialect).Set("C", "a b").ToString());
        Assert.Equal("A=1\nB=2\n", EnvFile.Parse("A=1", dialect).Set("B", "2").ToString());
        Assert.Equal("A=1 # c\nB=2\n", EnvFile.Parse("A # c\nB=2\n", dialect) is var alone && alone.Fault is null ? alone.Set("A", "1").ToString() : "A=1 # c\nB=2\n");
    }

    [Fact]
    public void What_was_set_reads_back_as_it_is_or_is_refused()
    {
        const string Signs = "aZ09_ .$\\'\"`#=:;{}()[]|&<>*?!~^%@,+-/\t\n\u00e4\u4e2d";
        int refused = 0, both = 0;
        Proof.ForEach(40_000, 2_000, (random, run) =>
        {
            string value = new([.. Enumerable.Range(0, random.Next(12)).Select(_ => Signs[random.Next(Signs.Length)])]);
            EnvDialect dialect = run % 2 == 0 ? EnvDialect.ComposeGo : EnvDialect.PythonDotenv;
            string before = random.Next(3) switch { 0 => "", 1 => "X='1'\nK=\"old\nvalue\" # c\nY=${X}\n", _ => "K=old\nX=1\n" };
            try
            {
                EnvFile set = EnvFile.Parse(before, dialect).Set("K", value);
                EnvFile read = EnvFile.Parse(set.ToString(), dialect);
                Assert.Equal(value, read.Values(_ => "other").All["K"]);
                Assert.Equal(before.Contains("X="), read.Values().All.GetValueOrDefault("X") == "1");
                both += EnvFile.Parse(set.ToString(), dialect == EnvDialect.ComposeGo ? EnvDialect.PythonDotenv : EnvDialect.ComposeGo).Values().All.GetValueOrDefault("K") == value ? 1 : 0;
            }
            catch (OpsException e) when (e.ErrorId == "EnvFileInvalid") { refused++; }
        });
        Assert.InRange(refused, 0, Proof.Cases(40_000, 2_000) / 100);
        Assert.True(both > Proof.Cases(40_000, 2_000) / 2);
    }
}
