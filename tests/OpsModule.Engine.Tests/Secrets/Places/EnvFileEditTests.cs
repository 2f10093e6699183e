using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>Generated env files: of a value that is set all other bytes stay, and the Composes themselves give the value back.</summary>
[Collection(DockerCollection.Name)]
public sealed class EnvFileEditTests
{
    private static readonly string[] Lines =
    [
        "# a comment with PW=old", "", "  ", "A=1", "export B='x y'", "C=\"two\nlines\" # c", "D = spaced  # c", "E=${A}", "F='${A}'", "G=", "A=1", "H='#'",
        "I=a#b", "J=\"\\\"q\\\"\"",
    ];

    private static readonly string[] Written = ["old", "'old'", "\"old\"", "old # why", "'o ld'  # why", "\"o\nld\"", "", "'#old'", "$$old", "  spaced"];

    private static readonly string[] Values =
    [
        "n3w", "a b", "a$b", "a$$b", "${A}", "it's", "say \"x\"", "back\\slash", "#x", " lead", "trail ", "ü中", "x=y", "a'b\"c", "p@ss:w/rd?&=%", "\\n", "two\nlines",
        "$", "\\", "'", "\"", "`id`", "!x", "a;b|c",
    ];

    private static Arbitrary<(string Before, string Key, string After, string Value)> Files => Arb.From(
        from before in Gen.ListOf(Gen.Elements(Lines))
        from after in Gen.ListOf(Gen.Elements(Lines))
        from written in Gen.Elements(Written)
        from lead in Gen.Elements("PW=", "export PW=", "  PW =  ", "PW= ")
        from end in Gen.Elements("\n", "\r\n")
        from mark in Gen.Elements("", "\uFEFF")
        from value in Gen.Elements(Values)
        select ((mark + string.Concat(before.Select(l => l + "\n"))).Replace("\n", end), (lead + "\u0001" + written).Replace("\n", end),
            (end == "\n" ? "\n" : "\r\n") + string.Concat(after.Select(l => l + "\n")).Replace("\n", end), value));

    [Fact]
    public void All_other_bytes_stay_and_both_dialects_read_it_back_where_both_can() => Prop.ForAll(Files, made =>
    {
        string lead = made.Key.Split('\u0001')[0], written = made.Key.Split('\u0001')[1], text = made.Before + lead + written + made.After;
        foreach (EnvDialect dialect in (EnvDialect[])[EnvDialect.ComposeGo, EnvDialect.PythonDotenv])
        {
            EnvFile file = EnvFile.Parse(text, dialect);
            if (file.Fault is not null) continue;
            string changed;
            try { changed = file.Set("PW", made.Value).ToString(); }
            catch (OpsException e) when (e.ErrorId == "EnvFileInvalid") { continue; }
            // What stands before the value's first sign and behind its last one.
            if (!changed.StartsWith(made.Before + lead.TrimEnd(' '), StringComparison.Ordinal)) return false;
            if (!changed.EndsWith(made.After, StringComparison.Ordinal)) return false;
            if (EnvFile.Parse(changed, dialect).Values().All["PW"] != made.Value) return false;
            // Compose v1 takes ${NAME} for a variable in single quotes, too.
            bool common = made.Value.All(c => char.IsLetterOrDigit(c) || c is ' ' or '$' or '#' or '=' or '!' or ';');
            if (common && EnvFile.Parse(text, 1 - dialect).Fault is null
                && EnvFile.Parse(changed, 1 - dialect).Values().All.GetValueOrDefault("PW") != made.Value) return false;
        }
        return true;
    }).Check(Proof.Config(5_000, 400));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_written_comes_back_from_the_Compose_in_use(bool isSecond)
    {
        using ComposeV2? second = isSecond ? new ComposeV2() : null;
        EnvDialect dialect = isSecond ? EnvDialect.ComposeGo : EnvDialect.PythonDotenv;
        using var folder = new TempFolder();
        var compose = new StringBuilder("services:\n");
        var wanted = new Dictionary<string, string>();
        int refused = 0;
        foreach ((string value, string written) in from value in Values from written in Written select (value, written))
        {
            EnvFile file = EnvFile.Parse($"A=1\nPW={written}\nB=${{A}}\n", dialect);
            string name = "s" + wanted.Count;
            try { folder.Write(name + ".env", file.Set("PW", value).ToString()); }
            catch (OpsException e) when (e.ErrorId == "EnvFileInvalid") { refused++; continue; }
            wanted[name] = value;
            compose.Append($"  {name}: {{ image: x, env_file: [ {name}.env ] }}\n");
        }
        string path = folder.Write("compose.yaml", compose.ToString());

        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string?>> told =
            await ComposeValues.AskAsync(new ComposeSource([path], folder.Path), "edit", default);

        Assert.InRange(refused, 0, wanted.Count / 8);
        foreach ((string name, string value) in wanted)
            Assert.True(told[name]["PW"] == value && told[name]["B"] == "1",
                $"{JsonSerializer.Serialize(File.ReadAllText(folder[name + ".env"]))} gives {JsonSerializer.Serialize(told[name]["PW"])}");
    }
}
