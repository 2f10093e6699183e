using OpsModule.Engine;
using OpsModule.Engine.Environments;
using OpsModule.Environments;

namespace OpsModule.Cmdlets.Tests.Environments;

public sealed class EnvironmentCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void New_writes_a_file_from_the_compose_file_beside_it_and_emits_the_environment()
    {
        Write("compose.yaml", "services: { db: { image: postgres, environment: { POSTGRES_PASSWORD: hunter2 } } }");

        RecordingOutput output = Output().Run(new NewOpsEnvironmentCommand { Name = "apex" });

        var environment = Assert.IsType<OpsEnvironment>(Assert.Single(output.Objects));
        Assert.Equal(("apex", File("ops.yaml")), (environment.Name, environment.File));
        Assert.Equal("db", environment.Databases["main"].Service);
        Assert.Equal($"Write an environment file (from compose.yaml; database main (db/postgres)) | {File("ops.yaml")}", Assert.Single(output.Questions));
        Assert.Contains("stands in the compose file itself", Assert.Single(output.Warnings));
    }

    [Fact]
    public void New_writes_nothing_when_it_is_declined()
    {
        RecordingOutput output = new RecordingOutput(_folder) { Answer = false }.Run(new NewOpsEnvironmentCommand());

        Assert.Empty(output.Objects);
        Assert.Single(output.Questions);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void New_replaces_a_file_only_with_force()
    {
        Write("ops.yaml", "environment: old");

        Assert.Equal("EnvironmentExists", Assert.Throws<OpsException>(() => Output().Run(new NewOpsEnvironmentCommand())).ErrorId);
        RecordingOutput output = Output("Force").Run(new NewOpsEnvironmentCommand { Path = "ops.yaml", Name = "new" });

        Assert.Equal("new", Assert.IsType<OpsEnvironment>(Assert.Single(output.Objects)).Name);
    }

    [Fact]
    public void Test_emits_one_finding_for_each_mistake()
    {
        Write("ops.yaml", "environment: a\nservises: {}\ncaches: []");

        RecordingOutput output = Output().Run(new TestOpsEnvironmentCommand());

        Assert.Equal([("UnknownKey", 2), ("WrongType", 3)], output.Objects.Cast<EnvironmentFinding>().Select(f => (f.Code, f.Line)));
        Assert.Empty(output.Errors);
    }

    [Fact]
    public void Test_takes_a_path_an_object_or_one_made_in_memory()
    {
        string file = Write("apex/ops.yaml", "environment: a");
        var made = new OpsEnvironment { Name = "made", Directory = _folder, StateDirectory = _folder };

        Assert.Equal("Valid", Code(new TestOpsEnvironmentCommand { Path = "apex" }));
        Assert.Equal("Valid", Code(new TestOpsEnvironmentCommand { Environment = new FileInfo(file) }));
        Assert.Equal("Valid", Code(new TestOpsEnvironmentCommand { Environment = EnvironmentLoader.Load(file).Environment }));
        Assert.Equal("Valid", Code(new TestOpsEnvironmentCommand { Environment = made }));
        Assert.Equal("EnvironmentNotFound", Assert.Throws<OpsException>(() => Code(new TestOpsEnvironmentCommand { Path = "none.yaml" })).ErrorId);

        string Code(TestOpsEnvironmentCommand cmdlet) => Assert.IsType<EnvironmentFinding>(Assert.Single(Output().Run(cmdlet).Objects)).Code;
    }

    [Fact]
    public void Test_connects_only_on_demand()
    {
        Write("ops.yaml", "environment: a\ncaches: { m: { host: 127.0.0.1, port: 1 } }");

        Assert.Equal(["Valid"], Output().Run(new TestOpsEnvironmentCommand()).Objects.Cast<EnvironmentFinding>().Select(f => f.Code));
        Assert.Equal(["CacheUnreachable"], Output("Connect").Run(new TestOpsEnvironmentCommand()).Objects.Cast<EnvironmentFinding>().Select(f => f.Code));
    }

    [Fact]
    public void Connect_makes_the_environment_count_until_Disconnect()
    {
        Write("apex/ops.yaml", "environment: apex");
        Write("ops.yaml", "environment: here");
        RecordingOutput output = Output();

        output.Run(new ConnectOpsEnvironmentCommand { Path = "apex" });
        output.Run(new GetOpsEnvironmentCommand());
        output.Run(new GetOpsEnvironmentCommand { Path = "." });
        output.Run(new DisconnectOpsEnvironmentCommand());
        output.Run(new GetOpsEnvironmentCommand());

        Assert.Equal(["apex", "apex", "here", "here"], output.Objects.Cast<OpsEnvironment>().Select(e => e.Name));
        Assert.Null(output.SessionEnvironment);
    }

    [Fact]
    public void Get_fails_with_the_place_of_the_first_mistake()
    {
        string file = Write("ops.yaml", "environment: a\nservises: {}");

        var error = Assert.Throws<OpsException>(() => Output().Run(new GetOpsEnvironmentCommand()));

        Assert.Equal("EnvironmentInvalid", error.ErrorId);
        Assert.StartsWith($"{file}(2,1): ", error.Message);
    }

    private RecordingOutput Output(params string[] bound) => new(_folder, bound);

    private string File(string name) => Path.Combine(_folder, name);

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }
}
