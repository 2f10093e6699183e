using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Environments;

public sealed class EnvironmentCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void New_writes_a_file_from_the_compose_file_beside_it_and_emits_the_environment()
    {
        Write("compose.yaml", "services: { db: { image: postgres, environment: { POSTGRES_PASSWORD: hunter2 } } }");

        PwshRun output = new PwshRun { Answer = 'y' }.Run("New-OpsEnvironment -Name apex -Confirm", _folder);

        var environment = Assert.IsType<OpsEnvironment>(Assert.Single(output.Objects));
        Assert.Equal(("apex", File("ops.yaml")), (environment.Name, environment.File));
        Assert.Equal("db", environment.Databases["main"].Service);
        string question = Assert.Single(output.Questions);
        Assert.Contains("Write an environment file (from compose.yaml; database main (db/postgres))", question);
        Assert.Contains(File("ops.yaml"), question);
        Assert.Contains("stands in the compose file itself", Assert.Single(output.Warnings));
    }

    [Fact]
    public void New_writes_nothing_when_it_is_declined()
    {
        PwshRun output = new PwshRun { Answer = 'n' }.Run("New-OpsEnvironment -Confirm", _folder);

        Assert.Empty(output.Objects);
        Assert.Single(output.Questions);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void New_replaces_a_file_only_with_force()
    {
        Write("ops.yaml", "environment: old");

        Assert.Equal("EnvironmentExists", Assert.Single(Run("New-OpsEnvironment").Errors).ErrorId);
        PwshRun output = Run("New-OpsEnvironment ops.yaml -Name new -Force");

        Assert.Equal("new", Assert.IsType<OpsEnvironment>(Assert.Single(output.Objects)).Name);
    }

    [Fact]
    public void Test_emits_one_finding_for_each_mistake()
    {
        Write("ops.yaml", "environment: a\nservises: {}\ncaches: []");

        PwshRun output = Run("Test-OpsEnvironment");

        Assert.Equal([("UnknownKey", 2), ("WrongType", 3)], output.Objects.Cast<EnvironmentFinding>().Select(f => (f.Code, f.Line)));
        Assert.Empty(output.Errors);
    }

    [Fact]
    public void Test_takes_a_path_a_file_or_an_object()
    {
        string file = Write("apex/ops.yaml", "environment: a");

        Assert.Equal("Valid", Code("Test-OpsEnvironment apex"));
        Assert.Equal("Valid", Code($"Test-OpsEnvironment -Environment (Get-Item '{file}')"));
        Assert.Equal("Valid", Code("Test-OpsEnvironment -Environment (Get-OpsEnvironment apex)"));
        Assert.Equal("EnvironmentNotFound", Assert.Single(Run("Test-OpsEnvironment none.yaml").Errors).ErrorId);

        string Code(string pipeline) => Assert.IsType<EnvironmentFinding>(Assert.Single(Run(pipeline).Objects)).Code;
    }

    [Fact]
    public void Test_connects_only_on_demand()
    {
        Write("ops.yaml", "environment: a\ncaches: { m: { host: 127.0.0.1, port: 1 } }");

        Assert.Equal(["Valid"], Run("Test-OpsEnvironment").Objects.Cast<EnvironmentFinding>().Select(f => f.Code));
        Assert.Equal(["CacheUnreachable"], Run("Test-OpsEnvironment -Connect").Objects.Cast<EnvironmentFinding>().Select(f => f.Code));
    }

    [Fact]
    public void Connect_makes_the_environment_count_until_Disconnect()
    {
        Write("apex/ops.yaml", "environment: apex");
        Write("ops.yaml", "environment: here");

        PwshRun output = Run("Connect-OpsEnvironment apex; Get-OpsEnvironment; Get-OpsEnvironment .; Disconnect-OpsEnvironment; Get-OpsEnvironment");

        Assert.Equal(["apex", "apex", "here", "here"], output.Objects.Cast<OpsEnvironment>().Select(e => e.Name));
    }

    [Fact]
    public void A_module_that_is_removed_takes_the_connection_with_it()
    {
        Write("apex/ops.yaml", "environment: apex");
        Write("ops.yaml", "environment: here");
        PwshRun output = Run("$m = (Get-Module OpsModule).Path; Connect-OpsEnvironment apex; Remove-Module OpsModule; Import-Module $m; Get-OpsEnvironment; Get-Variable Ops*");
        Assert.Equal(["apex", "here"], output.Objects.Cast<OpsEnvironment>().Select(e => e.Name));
    }

    [Fact]
    public void Get_fails_with_the_place_of_the_first_mistake()
    {
        string file = Write("ops.yaml", "environment: a\nservises: {}");

        OpsException error = Assert.Single(Run("Get-OpsEnvironment").Errors);

        Assert.Equal("EnvironmentInvalid", error.ErrorId);
        Assert.StartsWith($"{file}(2,1): ", error.Message);
    }

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    private string File(string name) => Path.Combine(_folder, name);

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }
}
