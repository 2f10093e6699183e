using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Neither a password nor its verifier is left in what a server keeps of statements.</summary>
[Collection(LoginServer.Name)]
public sealed class PasswordTraceTests(LoginServerFixture server)
{
    [Fact]
    public async Task A_password_that_is_set_is_in_no_log_and_no_statistics()
    {
        using LoginLab lab = await LoginLab.CreateAsync(server.Postgres);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("unlogged-value-R5", lab.B);
        string control = ScramVerifier.Of("control-value").Secret;

        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
        string verifier = (await lab.VerifierAsync(lab.B))!;
        await lab.ExecuteAsync($"ALTER ROLE {lab.A} PASSWORD '{control}'");
        await lab.RunAsync(run => lab.Driver.DropAsync(run, old, fresh, default));

        // What was asked the plain way is seen, so the others would be.
        await Until.TrueAsync(() => Task.FromResult(server.ReadLog().Contains(Tail(control), StringComparison.Ordinal)));
        Assert.True(await StatisticsHaveAsync(Tail(control)));
        string log = server.ReadLog();
        Assert.Contains("AUDIT:", log);
        foreach (string secret in new[] { fresh.Value, verifier, Tail(verifier) })
        {
            Assert.DoesNotContain(secret, log);
            Assert.False(await StatisticsHaveAsync(secret));
        }
        string own = string.Concat(Directory.EnumerateFiles(Path.Combine(lab.Lab.Folder, ".ops"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.Contains("set-password", own);
        Assert.DoesNotContain(fresh.Value, own);
        Assert.DoesNotContain(Tail(verifier), own);
    }

    private static string Tail(string verifier) => verifier[(verifier.LastIndexOf(':') + 1)..];

    private Task<bool> StatisticsHaveAsync(string text) => server.Postgres.ScalarAsync<bool>("postgres",
        "SELECT EXISTS (SELECT FROM public.pg_stat_statements WHERE position(convert_from(decode('" + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text))
        + "', 'base64'), 'UTF8') IN query) > 0 AND query NOT LIKE '%base64%')");
}
