using System.Text;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>The same value is found wherever it stands, in each way of writing, and nobody is told it.</summary>
[Collection(DockerCollection.Name)]
public sealed class SecretUseFinderTests
{
    private const string Value = "p@ss/w$rd-8";

    [Fact]
    public async Task The_value_is_found_in_files_and_containers()
    {
        string project = "p" + Guid.NewGuid().ToString("N")[..8];
        using var lab = new PlaceLab("""
            services:
              api: { image: x, env_file: [ .env, api.env ], environment: { INLINE: "p@ss/w$$rd-8" } }
              db: { image: x, environment: { POSTGRES_PASSWORD: "${PW}" } }

            """, project);
        lab.Write(".env", $"PW='{Value}'\n");
        lab.Write("api.env", "URL=postgres://app:p%40ss%2Fw%24rd-8@db\nBASIC=" + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + Value)) + "\n");
        lab.Write("nginx/site.conf", $"# x\nset $pw \"{Value}\";\n");
        lab.Write("notes.txt", "nothing here\n");
        lab.Write(".ops/own", Value);
        lab.Write("node_modules/x/y", Value);
        string id = await DockerFixture.RunAsync(project, "db", DockerFixture.Stay, "-e", "POSTGRES_PASSWORD=" + Value, "-e", "COPY=" + Value);
        try
        {
            SecretEntry entry = PlaceLab.Entry(SecretKind.Postgres, lab.File_(".env", "PW"));
            IReadOnlyList<SecretUseRecord> found = await new SecretUseFinder(lab.Context).FindAsync(entry, new SecretMaterial(Value), default);

            string[] said = [.. found.Select(f => $"{(f.Place.StartsWith("container") ? "container" : f.Place)}#{f.Key} {f.Form} {f.IsDeclared}")
                .Order(StringComparer.Ordinal)];
            Assert.Equal([".env#PW Plain True", "api.env#BASIC Base64 False", "api.env#URL PercentEncoded False", "compose.yaml#INLINE Plain False",
                "container#COPY Plain False", "container#POSTGRES_PASSWORD Plain True", "nginx/site.conf#line 2 Plain False"], said);
            Assert.All(found, f => Assert.DoesNotContain(Value, f.ToString() + f.Service + f.Secret));
            OpsException refused = await Assert.ThrowsAsync<OpsException>(() => PlaceGuards.LookAsync(lab.Context, entry, new SecretMaterial(Value), default));
            Assert.Contains("compose.yaml#INLINE", refused.Message);
        }
        finally { await DockerFixture.DockerAsync("rm", "-f", id); }
    }

    [Fact]
    public async Task A_reference_and_a_name_lead_to_the_same_and_short_values_are_refused()
    {
        using var lab = new PlaceLab();
        lab.Write(".env", "PW=a-long-value\nSHORT=abc\n");
        lab.Write("copy.txt", "a-long-value");
        lab.Declare(PlaceLab.Entry(SecretKind.Random, lab.File_(".env", "PW")));
        var finder = new SecretUseFinder(lab.Context);
        string[] expected = [".env#PW True", "copy.txt False"];
        Assert.Equal(expected, (await finder.FindAsync("pw", default)).Select(f => $"{f} {f.IsDeclared}").Order(StringComparer.Ordinal));
        Assert.Equal(expected, (await finder.FindReferenceAsync("file:.env#PW", default)).Select(f => $"{f} {f.IsDeclared}").Order(StringComparer.Ordinal));
        Assert.Equal("SecretTooShort", (await Assert.ThrowsAsync<OpsException>(() => finder.FindReferenceAsync("file:.env#SHORT", default))).ErrorId);
        OpsException literal = await Assert.ThrowsAsync<OpsException>(() => finder.FindReferenceAsync("a-long-value", default));
        Assert.Equal("SecretReferenceInvalid", literal.ErrorId);
        OpsException unknown = await Assert.ThrowsAsync<OpsException>(() => finder.FindAsync("other", default));
        // One name, one error: the catalogue says the same of it.
        OpsException? told = null;
        new SecretCatalog(lab.Context).Choose(["other"], e => told = e);
        Assert.Equal(("SecretUnknown", told!.Message, told.ErrorId), (unknown.ErrorId, unknown.Message, "SecretUnknown"));
        lab.Write(".env", "PW=\n");
        Assert.Equal("SecretWithoutUse", (await Assert.ThrowsAsync<OpsException>(() => finder.FindAsync("pw", default))).ErrorId);
    }

    [Fact]
    public void Base64_of_it_is_found_wherever_it_begins() => Proof.ForEach(2_000, 300, (random, _) =>
    {
        string value = new([.. Enumerable.Range(0, random.Next(8, 30)).Select(_ => (char)random.Next('!', '~'))]);
        byte[] around = new byte[random.Next(6)];
        random.NextBytes(around);
        byte[] all = [.. around, .. Encoding.UTF8.GetBytes(value), .. around];
        var needle = new SecretNeedle(value, "x");
        Assert.Equal(SecretUseForm.Base64, needle.In("x " + Convert.ToBase64String(all) + " y"));
        Assert.NotNull(needle.In("?a=" + Uri.EscapeDataString(value)));
        Assert.Null(needle.In(value[1..]));
    });
}
