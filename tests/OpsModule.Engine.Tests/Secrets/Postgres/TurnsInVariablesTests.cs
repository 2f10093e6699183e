using Npgsql;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Two logins take turns where login and password are variables of their own.</summary>
[Collection(LoginServer.Name)]
public sealed class TurnsInVariablesTests(LoginServerFixture server)
{
    private readonly PostgresFixture _postgres = server.Postgres;

    [Fact]
    public async Task The_login_moves_with_its_password_there_and_back()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        using var folder = new TempFolder();
        folder.Write("ops.yaml", $$"""
            environment: lab
            databases:
              main: { host: 127.0.0.1, port: {{_postgres.Port}}, name: {{lab.Database}}, user: postgres, password: {{PostgresFixture.Password}} }
            secrets:
              db:
                postgres: { database: main, logins: [ {{lab.A}}, {{lab.B}} ], owner: {{lab.Owner}} }
                uses: [ { file: app.env, key: DB_USER, in: "{login}" }, { file: app.env, key: DB_PASSWORD } ]
            """);
        string file = folder.Write("app.env", $"# ours\nDB_USER={lab.A}\nDB_PASSWORD={LoginLab.First}\nOTHER=1\n");
        using OpsContext context = KilledLab.ContextOf(folder.Path);
        SecretMaterial before = new(LoginLab.First, lab.A);
        foreach (string login in (string[])[lab.B, lab.A])
        {
            ChangeResult? done = await new ChangeRunner(context).RunAsync(await new RotationPlanner(context).PlanAsync(["db"], new RotationOptions(), default), default);

            RotationResult result = Assert.Single(new RotationReport(context).Of(done!.Change!));
            Assert.Equal((RotationOutcome.Done, 0d), (result.Outcome, result.GapSeconds));
            string[] lines = await File.ReadAllLinesAsync(file);
            Assert.Equal(["# ours", $"DB_USER={login}", "OTHER=1"], lines.Where((_, i) => i != 2));
            SecretMaterial after = new(lines[2]["DB_PASSWORD=".Length..].Trim('\''), login);
            await using (await lab.LogInAsync(after)) { /* who reads the two gets in */ }
            await Assert.ThrowsAsync<PostgresException>(() => lab.LogInAsync(before));
            before = after;
        }
    }
}
