using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Processes;

/// <summary>Which variables a program is given.</summary>
public sealed class ProgramEnvironmentTests
{
    private readonly Dictionary<string, string?> _ours = new()
    {
        ["PATH"] = "/usr/bin:.::bin:/bin", ["HOME"] = "/home/me", ["SHOP_DB_PASSWORD"] = "secret", ["AWS_SECRET_ACCESS_KEY"] = "secret", ["OPS_TOKEN"] = "secret",
        ["OPS_ENVIRONMENT"] = "/etc/ops/shop.yaml", ["PGPASSWORD"] = "secret", ["LANG"] = "C", ["REGION"] = "eu",
    };

    public ProgramEnvironmentTests() => _ = new SecretReference("env:SHOP_DB_PASSWORD", "/");

    [Fact]
    public void Secrets_of_the_environment_file_and_logins_of_clouds_are_kept_from_programs()
    {
        ProgramEnvironment.Apply(new ProgramCall("x"), _ours);
        Assert.Equal(["HOME", "LANG", "OPS_ENVIRONMENT", "PATH", "REGION"], _ours.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_a_call_adds_is_given_even_by_such_a_name()
    {
        ProgramEnvironment.Apply(new ProgramCall("x") { Environment = new Dictionary<string, string?> { ["PGPASSWORD"] = "its own", ["LANG"] = null } }, _ours);
        Assert.Equal("its own", _ours["PGPASSWORD"]);
        Assert.False(_ours.ContainsKey("LANG"));
    }

    [Fact]
    public void A_program_that_logs_in_to_a_cloud_keeps_that_login_only()
    {
        ProgramEnvironment.Apply(new ProgramCall("kubectl") { Keeps = ProgramEnvironment.CloudLogins }, _ours);
        Assert.True(_ours.ContainsKey("AWS_SECRET_ACCESS_KEY"));
        Assert.False(_ours.ContainsKey("SHOP_DB_PASSWORD"));
    }

    [Fact]
    public void An_empty_start_has_nothing_of_ours()
    {
        ProgramEnvironment.Apply(new ProgramCall("x") { StartsEmpty = true }, _ours);
        Assert.Equal(["HOME", "LC_ALL", "PATH", "TZ"], _ours.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("/", _ours["HOME"]);
    }

    [Theory]
    [InlineData("services: { db: { image: x, environment: { P: \"${DB_PASSWORD}\" } } }", "", true)]
    [InlineData("services: { db: { image: x, environment: { U: \"${DB_URL}\" } } }", "DB_URL=postgres://u:${DB_PASSWORD}@db/x", true)]
    [InlineData("services:\n  db:\n    image: x\n    env_file: db.env\n", "", true)]
    [InlineData("services:\n  db: { extends: { file: base.yaml, service: db } }\n", "", true)]
    [InlineData("services: { db: { image: x } }", "OTHER=1", false)]
    public void Compose_gets_what_its_files_put_into_containers(string compose, string variables, bool gets)
    {
        using var folder = new TempFolder();
        string file = folder.Write("compose.yaml", compose);
        folder.Write(".env", variables);
        _ = new SecretReference("env:DB_PASSWORD", "/");
        _ours["DB_PASSWORD"] = "secret";
        ProgramEnvironment.Apply(new ProgramCall("docker") { Keeps = [.. ComposeProgram.Wanted(new ComposeSource([file], folder.Path))] }, _ours);
        Assert.Equal(gets, _ours.ContainsKey("DB_PASSWORD"));
    }

    [Fact]
    public async Task A_real_child_does_not_see_a_secret()
    {
        string name = "OPSX_" + Guid.NewGuid().ToString("N");
        Environment.SetEnvironmentVariable(name, "seen");
        try
        {
            Assert.Contains(name, await ProgramRunner.RunAsync(new ProgramCall("env"), null, default));
            _ = new SecretReference("env:" + name, "/");
            Assert.DoesNotContain(name, await ProgramRunner.RunAsync(new ProgramCall("env"), null, default));
        }
        finally { Environment.SetEnvironmentVariable(name, null); }
    }
}
