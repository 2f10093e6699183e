using Npgsql;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Services.Reaching;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Services;

/// <summary>Ways into services of a real Docker engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceReachTests(DockerFixture docker) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName, _project = "r" + Guid.NewGuid().ToString("N")[..10];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task CreateAsync()
    {
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: shop
            platform: { compose: { file: compose.yaml, project: {{_project}} } }
            """);
        await docker.RunPostgresAsync(_project, "db", publish: true);
        await DockerFixture.RunAsync(_project, "worker", DockerFixture.Stay);
    }

    [Fact]
    public async Task A_port_is_open_here_until_it_is_stopped()
    {
        await CreateAsync();
        ServiceConnection? connection = null;
        string? answered = null;
        PwshRun run = null!;
        run = new PwshRun
        {
            Running = stop =>
            {
                // ReSharper disable once AccessToModifiedClosure
                SpinWait.SpinUntil(() => run.Objects.Count > 0 || run.ErrorRecords.Count > 0, TimeSpan.FromSeconds(60));
                connection = Assert.IsType<ServiceConnection>(Assert.Single(run.Objects));
                answered = Ask(connection.LocalPort);
                stop();
            },
        };
        run.Run("Connect-OpsService db -Port 5432", _folder);
        Assert.Equal(("db", 5432, "127.0.0.1", "postgres"), (connection!.Service, connection.Port, connection.LocalAddress, answered));
        Assert.Throws<NpgsqlException>(() => Ask(connection.LocalPort));

        Assert.Equal("LocalPortTaken", Assert.Single(PwshRun.Of($"Connect-OpsService db -Port 5432 -LocalPort {docker.TlsHost.Split(':')[^1]}", _folder).Errors).ErrorId);
        Assert.Equal("ServiceAmbiguous", Assert.Single(PwshRun.Of("Connect-OpsService * -Port 5432", _folder).Errors).ErrorId);
        Assert.Equal("ServiceNameMissing", Assert.Single(PwshRun.Of("Connect-OpsService -Port 5432", _folder).Errors).ErrorId);
    }

    [Fact]
    public async Task Without_a_terminal_there_is_no_session()
    {
        await CreateAsync();
        PwshRun refused = PwshRun.Of("Enter-OpsService worker", _folder);
        Assert.Equal("TerminalMissing", Assert.Single(refused.Errors).ErrorId);
        Assert.Empty(PwshRun.Of("Get-OpsChange", _folder).Objects);
        Assert.Contains("Run sh in this terminal", Assert.Single(PwshRun.Of("Enter-OpsService worker -WhatIf", _folder).WhatIfs));
    }

    private static string Ask(int port)
    {
        using var database = new NpgsqlConnection($"Host=127.0.0.1;Port={port};Username=postgres;Password={DockerFixture.Password};Database=postgres;Pooling=false;Timeout=10");
        database.Open();
        using var command = new NpgsqlCommand("SELECT current_user::text", database);
        return (string)command.ExecuteScalar()!;
    }
}
