using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>However many secrets a plan has, files are searched once, and Compose is asked once for each env file.</summary>
[Collection(DockerCollection.Name)]
public sealed class PlanSearchTests
{
    private static readonly string[] Keys = [.. Enumerable.Range(1, 6).Select(i => $"KEY_{i}")];

    private static PlaceLab Lab()
    {
        var lab = new PlaceLab("services: { api: { image: x } }\n");
        lab.Write(".env", "# keep\n" + string.Concat(Keys.Select(k => $"{k}='value-of-{k}'\n")));
        lab.Declare([.. Keys.Select(k => PlaceLab.Entry(SecretKind.Random, lab.File_(".env", k)) with { Name = k })]);
        return lab;
    }

    [Fact]
    public async Task A_plan_of_many_secrets_asks_Compose_once_and_reads_files_once()
    {
        using var compose = new CountedCompose();
        using PlaceLab lab = Lab();
        lab.Write("large.log", new string('x', 1024 * 1024 + 1));

        ChangePlan plan = await new RotationPlanner(lab.Context).PlanAsync(Keys, new RotationOptions(), default);

        Assert.Equal(Keys.Length * 2, plan.Parts.Count);
        Assert.Equal(1, compose.Configs);
        Assert.Single(lab.Reporter.Warnings, w => w.Contains("large.log"));
    }

    [Fact]
    public async Task The_value_of_each_is_found_where_nobody_has_declared_it()
    {
        using PlaceLab lab = Lab();
        string script = lab.Write("run.sh", "# sends\ncurl -H 'X: value-of-KEY_5'\n");
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new RotationPlanner(lab.Context).PlanAsync(Keys, new RotationOptions(), default));
        Assert.Contains("The value of KEY_5 also stands where nobody has declared it: run.sh#line 2", refused.Message + refused.Target);
        File.Delete(script);

        // One search for all of them says of each what a search of its own says.
        using (PlanSearch.Begin(lab.Context, Keys))
            foreach (string key in Keys)
                Assert.Equal([$".env#{key} True"], (await new SecretUseFinder(lab.Context).FindAsync(key, default)).Select(f => $"{f} {f.IsDeclared}"));
        Assert.Equal([".env#KEY_2 True"], (await new SecretUseFinder(lab.Context).FindAsync("KEY_2", default)).Select(f => $"{f} {f.IsDeclared}"));
    }

    [Fact]
    public async Task The_line_that_Compose_does_not_give_back_is_named_among_others()
    {
        using var compose = new CountedCompose();
        using PlaceLab lab = Lab();
        ProbedLine Line(string key, string text, string value) => new(lab[".env"], key, text, value, why => new OpsException("Wrong", OpsErrorCategory.InvalidData, $"{key}: {why}", "None."));
        ProbedLine[] good = [Line("A", "A='x $y'\n", "x $y"), Line("B", "B=1\r\n", "1"), Line("C", "C=\"a\nb\"", "a\nb")];
        using PlanLook look = PlanLook.Begin(lab.Context);
        foreach (ProbedLine line in good) look.Add(line);
        await look.ProveLinesAsync(default);
        Assert.Equal(1, compose.Configs);

        foreach (ProbedLine line in good.Append(Line("D", "D=\"x $A\"\n", "x $A"))) look.Add(line);
        OpsException wrong = await Assert.ThrowsAsync<OpsException>(() => look.ProveLinesAsync(default));
        Assert.StartsWith("D: as a line of env_file", wrong.Message);
        // Two secrets that write one name do not hide each other.
        foreach (ProbedLine line in (ProbedLine[])[Line("A", "A=1\n", "1"), Line("A", "A='$'\n", "other")]) look.Add(line);
        Assert.StartsWith("A: ", (await Assert.ThrowsAsync<OpsException>(() => look.ProveLinesAsync(default))).Message);
    }

    [Fact]
    public async Task A_project_that_lies_elsewhere_is_searched_and_what_is_not_searched_is_told()
    {
        using var project = new TempFolder();
        string name = "p" + Guid.NewGuid().ToString("N")[..8];
        project.Write("compose.yaml", "services: { api: { image: x, env_file: [ .env ] } }\n");
        string env = project.Write(".env", "PW=value-7Kd-9\n");
        string script = project.Write("bin/backup.sh", "PGPASSWORD=value-7Kd-9 pg_dump\n");
        project.Write("large.log", new string('x', 1024 * 1024 + 1));
        project.Write("node_modules/x.js", "value-7Kd-9");
        using var other = new TempFolder();
        Directory.CreateSymbolicLink(project["elsewhere"], other.Path);
        using var lab = new PlaceLab(new PlatformOptions
        {
            Kind = PlatformKind.Compose, ComposeFile = project["compose.yaml"], Project = name,
        });
        SecretEntry entry = PlaceLab.Entry(SecretKind.Random, new SecretUse { File = env, FileAsWritten = env, Key = "PW" });

        IReadOnlyList<SecretUseRecord> found = await new SecretUseFinder(lab.Context).FindAsync(entry, new SecretMaterial("value-7Kd-9"), default);

        Assert.Equal([$"{env}#PW True", $"{script} False"], found.Select(f => $"{f} {f.IsDeclared}").Order(StringComparer.Ordinal));
        string told = Assert.Single(lab.Reporter.Warnings);
        Assert.Contains(project["large.log"], told);
        Assert.Contains(project["elsewhere"], told);
        Assert.Contains(lab.Reporter.Details, d => d.Contains(project["node_modules"]));
    }

    [Fact]
    public void More_files_than_are_searched_are_told()
    {
        using var lab = new PlaceLab();
        for (int i = 0; i < 5001; i++) lab.Write($"many/{i}", "");
        Assert.Empty(new FileSearch(lab.Context, new ProjectReading(lab.Context), []).Find([new SecretNeedle("value-7Kd-9", "x")]));
        Assert.Contains("more than 5000 files", Assert.Single(lab.Reporter.Warnings));
    }
}
