using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Which files a real Compose is given, whatever the shell says that the program was started from.</summary>
[Collection(DockerCollection.Name)]
public sealed class ComposeSourceTests
{
    [Theory]
    [InlineData("", "compose.yaml")]
    [InlineData("", "deploy/compose.yaml")]
    [InlineData("deploy", "compose.yaml")]
    [InlineData("other", "../deploy/compose.yaml")]
    public async Task A_container_is_made_from_the_files_of_its_own_project(string from, string file)
    {
        using var lab = new ServiceLab();
        string folder = Path.GetDirectoryName(Path.GetFullPath(Path.Combine(lab.Folder, from, file)))!;
        foreach (string name in new[] { "deploy", "other" }) Directory.CreateDirectory(Path.Combine(lab.Folder, name));
        Write(folder, "compose.yaml", "OWN");
        await ProgramRunner.RunAsync(new ProgramCall("docker-compose", "-p", lab.Project, "-f", file, "up", "-d") { WorkingDirectory = Path.Combine(lab.Folder, from) }, null, default);
        // The environment's file, and what somebody's shell speaks of, are another project's.
        File.WriteAllText(Path.Combine(lab.Folder, "compose.yaml"), folder == lab.Folder ? await File.ReadAllTextAsync(Path.Combine(lab.Folder, "compose.yaml")) : Text("OTHER"));
        Write(Path.Combine(lab.Folder, "other"), "compose.yaml", "OTHER");
        using var shell = new Shell(("COMPOSE_FILE", Path.Combine(lab.Folder, "other", "compose.yaml")), ("COMPOSE_PROJECT_NAME", "other"), ("COMPOSE_PROFILES", "other"));
        try
        {
            ServiceRecord two = await new ServiceControl(lab.Context, lab.Platform).ScaleAsync(await lab.FindAsync("ok"), 2, default);
            Assert.Equal(2, two.Instances.Count);
            foreach (ServiceInstance instance in two.Instances) Assert.Contains("OWN", await DockerFixture.DockerAsync("inspect", "--format", "{{.Config.Cmd}} {{.Config.Env}}", instance.Id));
        }
        finally
        {
            foreach (ServiceInstance instance in (await lab.FindAsync("ok")).Instances) await DockerFixture.DockerAsync("rm", "-f", instance.Id);
        }
    }

    /// <summary>Containers carry the name as Compose writes it.</summary>
    [Theory]
    [InlineData("MyShop", "myshop")]
    [InlineData("my shop.eu", "myshopeu")]
    [InlineData("my_shop-2", "my_shop-2")]
    public void A_project_is_known_by_the_name_that_Compose_makes_of_it(string said, string name) =>
        Assert.Equal(name, ComposeProject.Read(new PlatformOptions { Kind = PlatformKind.Compose, Project = said }).Name);

    [Fact]
    public async Task Files_that_are_gone_are_not_replaced_in_silence()
    {
        using var lab = new ServiceLab();
        Directory.CreateDirectory(Path.Combine(lab.Folder, "gone"));
        Write(Path.Combine(lab.Folder, "gone"), "compose.yaml", "OWN");
        await ProgramRunner.RunAsync(new ProgramCall("docker-compose", "-p", lab.Project, "up", "-d") { WorkingDirectory = Path.Combine(lab.Folder, "gone") }, null, default);
        Directory.Delete(Path.Combine(lab.Folder, "gone"), true);
        ServiceRecord ok = await lab.FindAsync("ok");
        Assert.Equal("ScaleUnsupported", (await Assert.ThrowsAsync<OpsException>(() => lab.Platform.ScaleAsync(TestScope.Instance, ok, 2, default))).ErrorId);
        await DockerFixture.DockerAsync("rm", "-f", ok.Instances[0].Id);
    }

    [Theory]
    [InlineData("compose.override.yaml", null)]
    [InlineData("docker-compose.override.yml", null)]
    [InlineData("more.yaml", "COMPOSE_FILE=compose.yaml:more.yaml")]
    public async Task What_is_made_anew_has_the_settings_of_the_override(string file, string? variables)
    {
        using var lab = new ServiceLab(Text("BASE"));
        File.WriteAllText(Path.Combine(lab.Folder, file), "version: \"3\"\nservices:\n  ok: { environment: { GIVEN: OVER } }\n  more: { image: \"" + DockerFixture.Image + "\", command: [sh, -c, \"sleep 600\"] }\n");
        if (variables is not null) File.WriteAllText(Path.Combine(lab.Folder, ".env"), variables + "\n");
        using IServicePlatform platform = ServicePlatforms.Open(lab.Context);
        Assert.Equal(["more", "ok"], (await platform.ListAsync(null, default)).Select(s => s.Name));
        var control = new ServiceControl(lab.Context, platform);
        ServiceRecord ok = await control.StartAsync((await platform.ListAsync(["ok"], default))[0], default);
        Assert.Contains("GIVEN=OVER", await DockerFixture.DockerAsync("inspect", "--format", "{{.Config.Env}}", ok.Instances[0].Id));
        await DockerFixture.DockerAsync("rm", "-f", ok.Instances[0].Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_more_files_and_variables_the_project_was_made_with_is_known(bool v2)
    {
        using ComposeV2? second = v2 ? new ComposeV2() : null;
        using var lab = new ServiceLab(Text("BASE"));
        File.WriteAllText(Path.Combine(lab.Folder, "prod.yaml"), "version: \"3\"\nservices:\n  ok: { environment: { GIVEN: \"${WORD}\" } }\n  more: { image: \"" + DockerFixture.Image + "\", command: [sh, -c, \"sleep 600\"] }\n");
        File.WriteAllText(Path.Combine(lab.Folder, "prod.env"), "WORD=PROD\n");
        string[] program = v2 ? ["docker", "compose"] : ["docker-compose"];
        await ProgramRunner.RunAsync(new ProgramCall(program[0], [.. program.Skip(1), "-p", lab.Project, "-f", Path.Combine(lab.Folder, "compose.yaml"), "-f", Path.Combine(lab.Folder, "prod.yaml"),
            "--env-file", Path.Combine(lab.Folder, "prod.env"), "up", "-d", "ok"]) { WorkingDirectory = lab.Folder }, null, default);
        try
        {
            Assert.Equal([("more", 1), ("ok", 1)], (await lab.Platform.ListAsync(null, default)).Select(s => (s.Name, s.Wanted)));
            ServiceRecord two = await new ServiceControl(lab.Context, lab.Platform).ScaleAsync(await lab.FindAsync("ok"), 2, default);
            Assert.Equal(2, two.Instances.Count);
            foreach (ServiceInstance instance in two.Instances) Assert.Contains("GIVEN=PROD", await DockerFixture.DockerAsync("inspect", "--format", "{{.Config.Env}}", instance.Id));
            Assert.All(await lab.Platform.CompareConfigurationAsync(["ok"], default), c => Assert.True(c.IsCurrent, c.ToString()));
        }
        finally
        {
            foreach (ServiceInstance instance in (await lab.FindAsync("ok")).Instances) await DockerFixture.DockerAsync("rm", "-f", instance.Id);
        }
    }

    [Fact]
    public void The_list_knows_includes_extends_profiles_and_names_as_Compose_does()
    {
        using var lab = new ServiceLab("""
            name: My.Shop
            include: [parts/queue.yaml, { path: [parts/mail.yaml] }, "oci://example.net/more"]
            services:
              api: { image: a, depends_on: [db, queue], profiles: ["${NONE:-extra}"] }
              child: { extends: { file: parts/base.yaml, service: base }, image: b }
              db: { image: c }
            """);
        Directory.CreateDirectory(Path.Combine(lab.Folder, "parts"));
        foreach ((string name, string text) in new[] { ("queue", "queue: { image: q, deploy: { replicas: 2 } }"), ("mail", "mail: { image: m }"), ("base", "base: { image: x, profiles: [tools] }") })
            File.WriteAllText(Path.Combine(lab.Folder, "parts", name + ".yaml"), $"services:\n  {text}\n");
        File.WriteAllText(Path.Combine(lab.Folder, "compose.override.yml"), "services:\n  api: { depends_on: { mail: { condition: service_healthy, required: false } } }\n");
        File.WriteAllText(Path.Combine(lab.Folder, ".env"), "COMPOSE_PROFILES=extra,other\n");
        using var shell = new Shell(("COMPOSE_PROFILES", "tools"), ("COMPOSE_PROJECT_NAME", "other"));

        ComposeProject project = ComposeProject.Read(lab.Context.Environment.Platform with { Project = null }, lab.Reporter);

        Assert.Equal("myshop", project.Name);
        Assert.Equal([("api", 1), ("child", 0), ("db", 1), ("mail", 1), ("queue", 2)], project.Services.Select(s => (s.Name, s.Replicas)).Order());
        Assert.Equal([new ServiceDependency("db"), new ServiceDependency("queue"), new ServiceDependency("mail", DependencyCondition.Healthy, false)], project.Find("api")!.DependsOn);
        Assert.Contains("oci://example.net/more", Assert.Single(lab.Reporter.Warnings));
    }

    private static void Write(string folder, string file, string word) => File.WriteAllText(Path.Combine(folder, file), Text(word));

    private static string Text(string word) => $$"""
        version: "3"
        services:
          ok: { image: "{{DockerFixture.Image}}", command: [sh, -c, "echo {{word}}; sleep 600"], environment: { GIVEN: {{word}} }, stop_grace_period: 1s }
        """;

    /// <summary>Variables of the shell that the program was started from.</summary>
    private sealed class Shell : IDisposable
    {
        private readonly string[] _names;

        public Shell(params (string Name, string Value)[] variables)
        {
            foreach ((string name, string value) in variables) Environment.SetEnvironmentVariable(name, value);
            _names = [.. variables.Select(v => v.Name)];
        }

        public void Dispose()
        {
            foreach (string name in _names) Environment.SetEnvironmentVariable(name, null);
        }
    }
}
