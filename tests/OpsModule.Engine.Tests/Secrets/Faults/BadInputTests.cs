using System.Diagnostics;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets.Load;
using OpsModule.Engine.Tests.Secrets.Postgres;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Faults;

/// <summary>What cannot be done is named, nothing is lost, and the old value works.</summary>
[Collection(LoginServer.Name)]
public sealed class BadInputTests(LoginServerFixture server, RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("postgres two")]
    [InlineData("postgres one")]
    [InlineData("redis user")]
    [InlineData("redis server")]
    public async Task A_file_that_cannot_be_written_takes_all_back(string kind)
    {
        await using LoadedSecret secret = await new LoadedSecrets(server.Postgres, redis).OpenAsync(kind);
        Credential old = secret.Read();
        ChangePlan plan = await secret.PlanAsync();
        // Root writes to anything but what is mounted so that nobody can.
        await RunAsync("mount", "--bind", secret.EnvFile, secret.EnvFile);
        try
        {
            await RunAsync("mount", "-o", "remount,bind,ro", secret.EnvFile);
            OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(secret.Context).RunAsync(plan, default));
            Assert.Equal("OperatedFileNotWritten", error.ErrorId);
            Assert.Contains(secret.EnvFile, error.Message);
        }
        finally { await RunAsync("umount", secret.EnvFile); }

        await AssertAsItWasAsync(secret, old);
    }

    [Fact]
    public async Task A_value_that_no_file_carries_is_refused_before_anything_is_set()
    {
        await using LoadedSecret secret = await new LoadedSecrets(server.Postgres, redis).OpenAsync("redis user");
        Credential old = secret.Read();
        const string odd = "a\\\\b$c'd-handed-in";

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new RotationPlanner(secret.Context)
            .PlanAsync([LoadedSecret.Name], new RotationOptions { HandedIn = new SecretMaterial(odd) }, default));

        Assert.Equal("SecretValueNotCarried", error.ErrorId);
        Assert.Contains("REDIS", error.Message);
        Assert.DoesNotContain(odd, error.ToString());
        await AssertAsItWasAsync(secret, old);
    }

    [Fact]
    public async Task A_role_that_may_not_change_the_password_any_more_is_named_and_nothing_is_lost()
    {
        await using LoadedSecret of = await new LoadedSecrets(server.Postgres, redis).OpenAsync("postgres two");
        string role = "changer_" + Guid.NewGuid().ToString("N")[..8];
        await server.Postgres.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN CREATEROLE PASSWORD 'changer-pw-8Kd'");
        string yaml = File.ReadAllText(Path.Combine(of.Folder, "ops.yaml")).Replace("environment: lab\n", "", StringComparison.Ordinal)
            .Replace($"user: postgres, password: {PostgresFixture.Password}", $"user: {role}, password: changer-pw-8Kd", StringComparison.Ordinal);
        await using LoadedSecret secret = new(yaml, File.ReadAllText(of.EnvFile).TrimEnd().Split('\n')[^1]) { Overlaps = true, LogIn = of.LogIn };
        Credential old = secret.Read();
        ChangePlan plan = await secret.PlanAsync();
        Assert.Contains(plan.Warnings, w => w.StartsWith("The verifier lands in the server's log", StringComparison.Ordinal));
        var runner = new ChangeRunner(secret.Context with
        {
            Journal = new StepJournal(secret.Context.Journal, "set", () => server.Postgres.ExecuteAsync("postgres", $"ALTER ROLE {role} NOCREATEROLE")),
        });

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default));

        Assert.Equal("SecretLoginForbidden", error.ErrorId);
        Assert.Contains(role, error.Message);
        await AssertAsItWasAsync(secret, old);
        // Planned anew it is said before anything is done.
        Assert.Equal("SecretLoginForbidden", (await Assert.ThrowsAsync<OpsException>(secret.PlanAsync)).ErrorId);
    }

    /// <summary>What is in use works, and a rotation that would be made now finds nothing in its way.</summary>
    private static async Task AssertAsItWasAsync(LoadedSecret secret, Credential old)
    {
        Assert.Equal(old, secret.Read());
        Assert.Null(await secret.LogIn(old));
        Assert.Null(await secret.LogIn(old));
        Assert.Null(secret.Kept.Pending);
        Assert.Empty(secret.Context.Journal.FindUnfinished());
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
