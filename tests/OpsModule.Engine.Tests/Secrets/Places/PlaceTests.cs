using OpsModule.Connections.Files;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>The places of a compose project, read and written with the real Composes and a real engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class PlaceTests
{
    private const string Compose = """
        services:
          db: { image: "postgres:16", environment: { POSTGRES_PASSWORD: "${PW}" } }
          api:
            image: x
            env_file: [ api.env ]
            environment: [ "DATABASE_URL=postgres://app:${PW}@db/shop", PLAIN ]
            secrets: [ token ]
          web: { image: x, env_file: [ .env ], environment: { PW: shadowed } }
          job: { image: x, command: "run --pw ${OTHER}" }
          built: { build: { context: ., args: [ PUBLIC_KEY ] } }
        secrets: { token: { file: ./token.txt } }

        """;

    private static PlaceLab Lab()
    {
        var lab = new PlaceLab(Compose);
        lab.Write(".env", "# keep\r\nexport PW='old-value' # why\r\nOTHER=x${PW}\r\nPLAIN=plain-value\r\nPUBLIC_KEY=public-value\r\n");
        lab.Write("api.env", "KEY=key-value\nURL=http://u:${PW}@h\nOWN=${KEY}!\n");
        lab.Write("token.txt", "token-value\n");
        return lab;
    }

    [Fact]
    public void Readers_are_those_that_get_a_value_under_any_name()
    {
        using PlaceLab lab = Lab();
        string Readers(string file, string? key) => string.Join(' ', lab.Open(lab.File_(file, key))[0].Readers
            .Select(r => $"{r.Service}:{r.Variable}{(r.IsWhole ? "!" : "")}{(r.IsBuilt ? "(built)" : "")}").Order(StringComparer.Ordinal));

        Assert.Equal("api:DATABASE_URL api:URL db:POSTGRES_PASSWORD! job: web:OTHER", Readers(".env", "PW"));
        Assert.Equal("api:KEY! api:OWN", Readers("api.env", "KEY"));
        Assert.Equal("api:PLAIN! web:PLAIN!", Readers(".env", "PLAIN"));
        Assert.Equal("built:(built) web:PUBLIC_KEY!", Readers(".env", "PUBLIC_KEY"));
        Assert.Equal("api:", Readers("token.txt", null));
        Assert.Equal(["db", "api", "web", "job"], lab.Open(lab.File_(".env", "PW"))[0].Services);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_of_an_env_file_is_written_so_that_services_get_it(bool isSecond)
    {
        using ComposeV2? second = isSecond ? new ComposeV2() : null;
        using PlaceLab lab = Lab();
        TextPlace place = lab.Open(lab.File_(".env", "PW"))[0];
        Assert.Equal(new SecretMaterial("old-value"), await place.ReadAsync(default));
        string before = await place.IdentifyAsync(default);

        await lab.WriteAsync(place, "it $costs 5");

        Assert.Equal("# keep\r\nexport PW='it $costs 5' # why\r\nOTHER=x${PW}\r\nPLAIN=plain-value\r\nPUBLIC_KEY=public-value\r\n", lab.Read(".env"));
        Assert.Equal("it $costs 5", (await place.ReadAsync(default))!.Value);
        Assert.NotEqual(before, await place.IdentifyAsync(default));
        Assert.Equal(["file-replaced"], lab.Steps);
    }

    [Fact]
    public async Task What_services_would_not_get_is_put_back()
    {
        using var second = new ComposeV2();
        using PlaceLab lab = Lab();
        // An override says another value in its place, which the project's own file does not show.
        lab.Write("compose.yaml", "include: [ more.yaml ]\nservices: { api: { image: x, environment: { KEY2: \"${PLAIN:?}\" } } }\n");
        lab.Write("more.yaml", "services: { other: { image: \"${BROKEN:?nobody sets it}\" } }\n");
        TextPlace place = lab.Open(lab.File_(".env", "PLAIN"))[0];
        string before = lab.Read(".env");

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.WriteAsync(place, "next-value"));

        Assert.Equal("SecretValueNotCarried", refused.ErrorId);
        Assert.DoesNotContain("next-value", refused.Message);
        Assert.Equal(before, lab.Read(".env"));

        // As a run that was killed while Compose was asked has left it.
        lab.Write(".env", before.Replace("plain-value", "next-value"));
        Assert.Equal("SecretValueNotCarried", (await Assert.ThrowsAsync<OpsException>(() => lab.WriteAsync(place, "next-value"))).ErrorId);
    }

    [Fact]
    public async Task What_Compose_quotes_when_it_refuses_the_files_is_not_said()
    {
        using var second = new ComposeV2();
        using PlaceLab lab = Lab();
        lab.Write("compose.yaml", "services: { api: { image: x, env_file: [ .env ], environment: { A: \"${NOBODY:?quoted-88-of-another-line}\" } } }\n");
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.WriteAsync(lab.Open(lab.File_(".env", "PW"))[0], "next-value"));
        Assert.Contains("Compose refuses the project's files", refused.Message);
        Assert.DoesNotContain("quoted-88", refused.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_killed_run_asked_Compose_with_is_taken_away(bool asks)
    {
        using PlaceLab lab = Lab();
        string folder = PlaceFile.FolderOf(lab.Context), left = Path.Combine(folder, "probe-0123"), held = Path.Combine(folder, "probe-4567");
        foreach (string probe in (string[])[left, held]) Directory.CreateDirectory(probe);
        File.WriteAllText(Path.Combine(left, ".env"), "PW=plain");
        using FileStream? lockOfHeld = PrivateFile.TryOpenExclusively(held + ".lock");
        TextPlace place = lab.Open(lab.File_(".env", "PW"))[0];

        // With a sign in it Compose is asked; without one it is not, and what is mended is swept.
        if (asks) await place.CheckAsync(new SecretMaterial("next/$value"), default);
        else await lab.RunAsync(run => { place.Mend(run); return Task.CompletedTask; });

        Assert.Equal([held], Directory.GetDirectories(folder));
        Assert.Equal([held + ".lock"], Directory.GetFiles(folder));
    }

    [Fact]
    public async Task A_value_that_is_made_of_others_or_stands_in_a_file_that_is_refused_is_no_place()
    {
        using var second = new ComposeV2();
        using PlaceLab lab = Lab();
        Assert.Equal("SecretPlaceUnclear", (await Assert.ThrowsAsync<OpsException>(() =>
            lab.Open(lab.File_(".env", "OTHER"))[0].ReadAsync(default))).ErrorId);
        lab.Write("api.env", "A B=1\n");
        Assert.Equal("SecretPlaceUnclear", (await Assert.ThrowsAsync<OpsException>(() =>
            lab.Open(lab.File_("api.env", "A"))[0].ReadAsync(default))).ErrorId);
        Assert.Equal("OperatedFileMissing", (await Assert.ThrowsAsync<OpsException>(() =>
            lab.Open(lab.File_("none.env", "A"))[0].ReadAsync(default))).ErrorId);
    }

    [Fact]
    public async Task A_value_inside_of_a_URL_is_written_encoded()
    {
        using var second = new ComposeV2();
        using PlaceLab lab = Lab();
        lab.Write("api.env", "URL=\"postgres://app_a:p%40ss@db/shop\" # c\n");
        TextPlace place = lab.Open(lab.File_("api.env", "URL", "postgres://{login}:{value}@db/shop"))[0];
        Assert.Equal(new SecretMaterial("p@ss", "app_a"), await place.ReadAsync(default));
        await lab.WriteAsync(place, "n w/1", "app_b");
        Assert.Equal("URL=\"postgres://app_b:n%20w%2F1@db/shop\" # c\n", lab.Read("api.env"));
    }

    [Fact]
    public async Task A_file_that_is_the_value_stays_the_same_file()
    {
        using PlaceLab lab = Lab();
        TextPlace place = lab.Open(lab.File_("token.txt", null))[0];
        string? before = Disk.Identity(lab["token.txt"]);
        await lab.WriteAsync(place, "next-token");
        Assert.Equal((before, "next-token\n", "next-token"), (Disk.Identity(lab["token.txt"]), lab.Read("token.txt"), (await place.ReadAsync(default))!.Value));
    }

    [Fact]
    public async Task A_line_of_the_compose_file_is_written_and_asked_for()
    {
        using PlaceLab lab = Lab();
        lab.Write("compose.yaml", "# c\nservices:\n  api:\n    image: x\n    environment: [ A=1, PW=old-value ] # d\n");
        TextPlace place = lab.Open(new SecretUse { Service = "api", Key = "PW" })[0];
        await lab.WriteAsync(place, "a $b: 'c'");
        Assert.Equal("# c\nservices:\n  api:\n    image: x\n    environment: [ A=1, \"PW=a $$b: 'c'\" ] # d\n", lab.Read("compose.yaml"));
        Assert.Equal("a $b: 'c'", (await place.ReadAsync(default))!.Value);
    }

    [Fact]
    public async Task A_file_that_a_container_has_mounted_by_itself_is_written_in_place()
    {
        string project = "p" + Guid.NewGuid().ToString("N")[..8];
        using var lab = new PlaceLab("services: { api: { image: x, env_file: [ .env ], volumes: [ \"./.env:/app/.env\" ] } }\n", project);
        lab.Write(".env", "PW=old-value\n");
        string id = await DockerFixture.RunAsync(project, "api", DockerFixture.Stay, "-v", lab[".env"] + ":/app/.env");
        try
        {
            await lab.WriteAsync(lab.Open(lab.File_(".env", "PW"))[0], "new-value");
            Assert.Equal("PW=new-value\n", await DockerFixture.DockerAsync("exec", id, "cat", "/app/.env"));
            Assert.Equal(["file-written-in-place"], lab.Steps);
        }
        finally { await DockerFixture.DockerAsync("rm", "-f", id); }
    }

    [Fact]
    public void What_counts_at_the_first_start_alone_or_is_built_in_is_refused()
    {
        using PlaceLab lab = Lab();
        lab.Write("compose.yaml", """
            services:
              db: { image: "postgres:16", environment: { POSTGRES_PASSWORD: "${PW}", POSTGRES_PASSWORD_FILE: /run/secrets/token }, secrets: [ token ] }
              store: { image: "minio/minio", environment: { MINIO_ROOT_PASSWORD: "${PLAIN}" } }
              web: { image: x, environment: { NEXT_PUBLIC_DSN: "${PUBLIC_KEY}", DB_PW: "${SHARED}" } }
              second: { image: "postgres:16", environment: { POSTGRES_PASSWORD: "${SHARED}" } }
            secrets: { token: { file: ./token.txt } }

            """);
        File.AppendAllText(lab[".env"], "SHARED=shared-value\n");
        IReadOnlyList<string> Check(SecretKind kind, string file, string? key)
        {
            SecretEntry entry = PlaceLab.Entry(kind, lab.File_(file, key));
            IReadOnlyList<TextPlace> places = SecretPlaces.OpenTexts(lab.Context, entry);
            BuiltVariables.Check(entry, places);
            return FirstStartVariables.Check(lab.Context, entry, places, new ProjectReading(lab.Context).Services);
        }

        Assert.Contains("ALTER ROLE", Assert.Throws<OpsException>(() => Check(SecretKind.Random, ".env", "PW")).RecommendedAction);
        Assert.Equal("SecretFirstStartOnly", Assert.Throws<OpsException>(() => Check(SecretKind.Random, "token.txt", null)).ErrorId);
        Assert.Contains("only at its first start", Assert.Single(Check(SecretKind.Postgres, ".env", "PW")));
        Assert.Empty(Check(SecretKind.Random, ".env", "PLAIN"));
        // Who logs in with it would be refused by a server that nobody has told; where one is told, it is not replaced.
        Assert.Contains("refused by it", Assert.Throws<OpsException>(() => Check(SecretKind.Random, ".env", "SHARED")).Message);
        Assert.Equal(["second"], FirstStartVariables.OnlyReaders(lab.Context, SecretPlaces.OpenTexts(lab.Context, PlaceLab.Entry(SecretKind.Postgres, lab.File_(".env", "SHARED"))),
            new ProjectReading(lab.Context).Services));
        Assert.Equal("SecretBuiltIn", Assert.Throws<OpsException>(() => Check(SecretKind.Random, ".env", "PUBLIC_KEY")).ErrorId);
        Assert.All(FirstStartVariables.All, v => Assert.True(v.Source.Length > 5 && v.Remedy.Length > 5));
        Assert.DoesNotContain(FirstStartVariables.All, v => v.Name == "MINIO_ROOT_PASSWORD");
    }
}
