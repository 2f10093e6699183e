using System.Diagnostics;
using Npgsql;
using OpsModule.Connections.Postgres.Poolers;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Debian's PgBouncer between clients and server: it gets the same verifier.</summary>
[Collection(LoginServer.Name)]
public sealed class PgBouncerTests(LoginServerFixture server)
{
    private readonly PostgresFixture _postgres = server.Postgres;

    [Fact]
    public async Task Both_logins_get_through_while_they_change()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        await using Pooler pooler = await Pooler.StartAsync(_postgres, $"; ours\n\"ops\" \"ops-pw\"\n\"{lab.A}\" \"{await lab.VerifierAsync(lab.A)}\"\n\"else\" \"wh\"\"at\"\n");
        lab.Entry = lab.Entry with { PgBouncer = pooler.Use };
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        SecretSurvey survey = await lab.Driver.LookAsync(old, default);
        Assert.DoesNotContain(survey.Warnings, w => w.Contains("does not name", StringComparison.Ordinal));
        Assert.Contains("through PgBouncer", (await lab.Driver.ProveAsync(old, default)).Words);

        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));

        Assert.Contains("through PgBouncer", (await lab.Driver.ProveAsync(fresh, default)).Words);
        Assert.True((await lab.Driver.ProveAsync(old, default)).IsProven);
        await using (NpgsqlConnection session = await lab.LogInAsync(old, pooler.Port))
        {
            await using var command = new NpgsqlCommand("SELECT 1", session);
            await command.ExecuteScalarAsync();
            Assert.Equal(1, (await lab.Driver.CountOldAsync(old, fresh, default))!.Count);
        }
        // The pooler goes on to hold the connection, for nobody.
        await Until.TrueAsync(async () => (await lab.Driver.CountOldAsync(old, fresh, default))!.Count == 0);
        await lab.RunAsync(run => lab.Driver.DropAsync(run, old, fresh, default));

        Assert.Equal($"; ours\n\"ops\" \"ops-pw\"\n\"else\" \"wh\"\"at\"\n\"{lab.B}\" \"{await lab.VerifierAsync(lab.B)}\"\n", await File.ReadAllTextAsync(pooler.UserList));
        Assert.True((await lab.Driver.ProveAsync(fresh, default)).IsProven);
        SecretProof refused = await lab.Driver.ProveRefusedAsync(old, default);
        Assert.True(refused.IsProven, refused.Words);
        Assert.Matches("28P01.*through PgBouncer", refused.Words);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => lab.LogInAsync(old, pooler.Port));
    }

    [Fact]
    public async Task A_single_login_is_replaced_in_its_line_and_a_broken_list_changes_nothing()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres, two: false);
        await using Pooler pooler = await Pooler.StartAsync(_postgres, $"\"ops\" \"ops-pw\"\r\n\"{lab.A}\"   \"{LoginLab.First}\" \"\"\r\n");
        lab.Entry = lab.Entry with { PgBouncer = pooler.Use };
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.A);
        Assert.Contains((await lab.Driver.LookAsync(old, default)).Warnings, w => w.Contains("keeps the password", StringComparison.Ordinal));
        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
        Assert.Contains("through PgBouncer", (await lab.Driver.ProveAsync(fresh, default)).Words);
        Assert.Equal($"\"ops\" \"ops-pw\"\r\n\"{lab.A}\"   \"{await lab.VerifierAsync(lab.A)}\" \"\"\r\n", await File.ReadAllTextAsync(pooler.UserList));

        await File.WriteAllTextAsync(pooler.UserList, "broken\n");
        Assert.Equal("SecretPoolerRefused", (await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(fresh, default))).ErrorId);
    }

    [Fact]
    public async Task A_rotation_that_stopped_between_server_and_list_goes_on_with_the_same_verifier()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        await using Pooler pooler = await Pooler.StartAsync(_postgres, $"\"ops\" \"ops-pw\"\n\"{lab.A}\" \"{await lab.VerifierAsync(lab.A)}\"\n");
        lab.Entry = lab.Entry with { PgBouncer = pooler.Use };
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        await lab.RunAsync(async run =>
        {
            File.Move(pooler.UserList, pooler.UserList + ".aside");
            Assert.Equal("SecretPoolerRefused", (await Assert.ThrowsAsync<OpsException>(() => lab.Driver.SetAsync(run, old, fresh, default))).ErrorId);
            string? set = await lab.VerifierAsync(lab.B);
            File.Move(pooler.UserList + ".aside", pooler.UserList);
            await lab.Driver.SetAsync(run, old, fresh, default);
            Assert.Equal(set, await lab.VerifierAsync(lab.B));
        });
        Assert.Contains("through PgBouncer", (await lab.Driver.ProveAsync(fresh, default)).Words);
        Assert.True((await lab.Driver.ProveAsync(fresh, default)).IsProven);
    }

    [Fact]
    public async Task Clients_that_hang_idle_on_it_count_and_are_not_refused_unseen()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        await using Pooler pooler = await Pooler.StartAsync(_postgres, $"\"ops\" \"ops-pw\"\n\"{lab.A}\" \"{await lab.VerifierAsync(lab.A)}\"\n", mode: "transaction");
        lab.Entry = lab.Entry with { PgBouncer = pooler.Use };
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
        await using (NpgsqlConnection idle = await lab.LogInAsync(old, pooler.Port))
        {
            await using (var command = new NpgsqlCommand("SELECT 1", idle)) await command.ExecuteScalarAsync();
            // Between two transactions no process of the server is its own.
            await Until.TrueAsync(async () => await lab.ScalarAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE usename = '{lab.A}' AND state = 'active'") == 0);
            OldSessions count = (await lab.Driver.CountOldAsync(old, fresh, default))!;
            Assert.Equal((1, $"1 of {lab.A} from 127.0.0.1 through PgBouncer"), (count.Count, count.Words));
        }
        await Until.TrueAsync(async () => (await lab.Driver.CountOldAsync(old, fresh, default))!.Count == 0);

        // Told by a signal alone, it tells nothing: that is no zero, and its word is no proof.
        lab.Entry = lab.Entry with { PgBouncer = new PgBouncerUse(pooler.UserList, "bouncer", null) };
        await lab.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{lab.A}'");
        await Until.TrueAsync(async () => await lab.Driver.CountOldAsync(old, fresh, default) is null);
        SecretProof unseen = await lab.Driver.ProveRefusedAsync(new SecretMaterial("not-it-at-all", lab.A), default);
        Assert.Equal((false, true), (unseen.IsProven, unseen.IsFinal));
        Assert.Contains("PgBouncer was not asked", unseen.Words);
    }

    [Fact]
    public async Task A_password_that_it_accepts_still_is_not_refused()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        string line = $"\"{lab.A}\" \"{await lab.VerifierAsync(lab.A)}\"\n";
        await using Pooler pooler = await Pooler.StartAsync(_postgres, "\"ops\" \"ops-pw\"\n" + line);
        lab.Entry = lab.Entry with { PgBouncer = pooler.Use };
        SecretMaterial old = new(LoginLab.First, lab.A);
        Assert.True((await lab.Driver.ProveAsync(old, default)).IsProven);
        await lab.ExecuteAsync($"ALTER ROLE {lab.A} PASSWORD NULL");
        Assert.False((await lab.Driver.ProveRefusedAsync(old, default)).IsProven);
    }

    [Fact]
    public async Task A_database_at_which_it_logs_in_by_itself_is_named_and_refused()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        await using Pooler pooler = await Pooler.StartAsync(_postgres, "\"ops\" \"ops-pw\"\n",
            $"shop = host=127.0.0.1 port={_postgres.Port} dbname={lab.Database} user={lab.B} password=in-the-file");
        lab.Entry = lab.Entry with { PgBouncer = pooler.Use };
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(new SecretMaterial(LoginLab.First, lab.A), default));
        Assert.Equal("SecretPoolerRefused", refused.ErrorId);
        Assert.Contains("logs in to shop as", refused.Message);
        Assert.DoesNotContain("in-the-file", refused.Message);
    }

    [Fact]
    public void A_file_that_somebody_has_left_beside_the_list_is_nothing_of_it()
    {
        using var folder = new TempFolder();
        folder.Write("userlist.txt", "\"a\" \"1\"\n\"b\" \"2\"\n");
        folder.Write(".userlist.txt.ops-new", "\"stranger\" \"x\"\n");
        var list = new UserList(folder["userlist.txt"], folder["state"]);
        Assert.Null(list.Find("stranger"));
        list.Set(TestScope.Instance, "b", "22");
        Assert.Equal("\"a\" \"1\"\n\"b\" \"22\"\n", File.ReadAllText(folder["userlist.txt"]));
        Assert.Empty(Directory.GetFiles(folder["state"]));
    }

    /// <summary>A PgBouncer on a free port of loopback.</summary>
    private sealed class Pooler : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("ops-pool-").FullName;
        private Process _process = null!;

        public int Port { get; } = FreePorts.Take();

        public string UserList => Path.Combine(_folder, "userlist.txt");

        public PgBouncerUse Use => new(UserList, null, new PgBouncerAdmin("127.0.0.1", Port, "ops", SecretReference.Literal("ops-pw")));

        public static async Task<Pooler> StartAsync(PostgresFixture postgres, string users, string databases = "", string mode = "session")
        {
            var pooler = new Pooler();
            await File.WriteAllTextAsync(pooler.UserList, users);
            string ini = Path.Combine(pooler._folder, "pgbouncer.ini");
            await File.WriteAllTextAsync(ini, $"""
                [databases]
                {databases}
                * = host=127.0.0.1 port={postgres.Port}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {pooler.Port}
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = {pooler.UserList}
                admin_users = ops
                pool_mode = {mode}
                ignore_startup_parameters = extra_float_digits
                """);
            string[] command = ["/usr/sbin/pgbouncer", ini];
            if (Environment.UserName == "root")
            {
                using Process given = Process.Start("chown", ["-R", "postgres", pooler._folder]);
                await given.WaitForExitAsync();
                command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command];
            }
            var info = new ProcessStartInfo(command[0]) { RedirectStandardError = true, RedirectStandardOutput = true };
            foreach (string argument in command[1..]) info.ArgumentList.Add(argument);
            pooler._process = Process.Start(info)!;
            pooler._process.ErrorDataReceived += (_, _) => { };
            pooler._process.OutputDataReceived += (_, _) => { };
            pooler._process.BeginErrorReadLine();
            pooler._process.BeginOutputReadLine();
            var console = new PgBouncerConsole("127.0.0.1", pooler.Port, "ops", "ops-pw");
            await Until.TrueAsync(async () =>
            {
                try { return await console.FindSettingAsync("auth_type", default) == "scram-sha-256"; }
                catch (OpsException) when (!pooler._process.HasExited) { return false; }
            });
            return pooler;
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
