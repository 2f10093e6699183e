using Npgsql;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Passwords of real logins, set, proven and taken away.</summary>
[Collection(LoginServer.Name)]
public sealed class PostgresSecretDriverTests(LoginServerFixture server)
{
    private readonly PostgresFixture _postgres = server.Postgres;

    [Fact]
    public async Task Of_two_logins_the_other_one_takes_over_and_the_old_password_is_refused()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        SecretSurvey survey = await lab.Driver.LookAsync(old, default);
        Assert.Equal((true, lab.B, null), (survey.Overlaps, survey.NextLogin, survey.Gap));
        Assert.Equal(5, survey.Identities.Count);
        Assert.False((await lab.Driver.ProveAsync(fresh, default)).IsProven);

        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));

        Assert.True((await lab.Driver.ProveAsync(fresh, default)).IsProven);
        Assert.True((await lab.Driver.ProveAsync(old, default)).IsProven);
        Assert.False((await lab.Driver.ProveRefusedAsync(old, default)).IsProven);
        await using (NpgsqlConnection session = await lab.LogInAsync(old))
        {
            OldSessions? count = await lab.Driver.CountOldAsync(old, fresh, default);
            Assert.Equal((1, $"1 of {lab.A} from 127.0.0.1"), (count!.Count, count.Words));
            // Whoever logs in, the owner owns.
            await using var create = new NpgsqlCommand("CREATE TABLE public.made (i int)", session);
            await create.ExecuteNonQueryAsync();
        }
        Assert.Equal(lab.Owner, await lab.ScalarAsync<string>("SELECT tableowner::text FROM pg_tables WHERE tablename = 'made'"));
        await using (NpgsqlConnection other = await lab.LogInAsync(fresh))
        await using (var alter = new NpgsqlCommand("ALTER TABLE public.made ADD j int", other)) await alter.ExecuteNonQueryAsync();

        await Until.TrueAsync(async () => (await lab.Driver.CountOldAsync(old, fresh, default))!.Count == 0);
        await lab.RunAsync(run => lab.Driver.DropAsync(run, old, fresh, default));

        SecretProof refused = await lab.Driver.ProveRefusedAsync(old, default);
        Assert.True(refused.IsProven);
        Assert.Contains("28P01", refused.Words);
        Assert.Null(await lab.VerifierAsync(lab.A));
        Assert.True((await lab.Driver.ProveAsync(fresh, default)).IsProven);
        Assert.Equal(lab.A, (await lab.Driver.LookAsync(fresh, default)).NextLogin);
    }

    [Fact]
    public async Task A_rotation_is_taken_back_before_and_after_it_was_set()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        ChangeResult made = (await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default)))!;

        await lab.UndoAsync(made, run => lab.Driver.TakeBackAsync(run, old, fresh, default));

        Assert.Null(await lab.VerifierAsync(lab.B));
        Assert.True((await lab.Driver.ProveAsync(old, default)).IsProven);

        using LoginLab one = await LoginLab.CreateAsync(_postgres, two: false);
        (old, fresh) = (new SecretMaterial(LoginLab.First), new SecretMaterial("second-value-W3"));
        made = (await one.RunAsync(run => one.Driver.SetAsync(run, old, fresh, default)))!;
        Assert.False((await one.Driver.ProveAsync(old, default)).IsProven);
        await one.UndoAsync(made, run => one.Driver.TakeBackAsync(run, old, fresh, default));
        Assert.True((await one.Driver.ProveAsync(old, default)).IsProven);
        Assert.True((await one.Driver.ProveRefusedAsync(fresh, default)).IsProven);
    }

    [Fact]
    public async Task Of_one_login_the_gap_is_named_and_sessions_live_on()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres, two: false);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.A);
        await lab.ExecuteAsync($"ALTER ROLE {lab.A} PASSWORD '{ScramVerifier.Of(LoginLab.First, 10_000).Secret}'");
        await using NpgsqlConnection session = await lab.LogInAsync(old);
        SecretSurvey survey = await lab.Driver.LookAsync(old, default);
        Assert.False(survey.Overlaps);
        Assert.Contains("The 1 sessions that it has now live on", survey.Gap);

        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
        await lab.RunAsync(run => lab.Driver.DropAsync(run, old, fresh, default));

        Assert.True((await lab.Driver.ProveAsync(fresh, default)).IsProven);
        Assert.True((await lab.Driver.ProveRefusedAsync(old, default)).IsProven);
        Assert.Null(await lab.Driver.CountOldAsync(old, fresh, default));
        Assert.StartsWith("SCRAM-SHA-256$10000:", await lab.VerifierAsync(lab.A));
        await using var alive = new NpgsqlCommand("SELECT 1", session);
        Assert.Equal(1, await alive.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("p\u00E4ss\u2168")]
    [InlineData("with 'quotes' \"and\" \\ $ and % : @")]
    [InlineData("env:HOME")]
    public async Task Any_value_that_all_clients_hash_alike_logs_in(string value)
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres, two: false);
        SecretMaterial old = new(LoginLab.First), fresh = new(value);
        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
        Assert.True((await lab.Driver.ProveAsync(fresh, default)).IsProven);
    }

    [Theory]
    [InlineData("a\u0007b")]
    [InlineData("soft\u00ADhyphen")]
    public async Task A_value_that_clients_do_not_hash_alike_changes_nothing(string value)
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres, two: false);
        SecretMaterial old = new(LoginLab.First), fresh = new(value);
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default)));
        Assert.Equal("SecretPasswordUnfit", refused.ErrorId);
        Assert.DoesNotContain(value, refused.Message);
        Assert.True((await lab.Driver.ProveAsync(old, default)).IsProven);
    }

    [Fact]
    public async Task What_is_no_proof_is_said()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        SecretMaterial old = new(LoginLab.First, lab.A), wrong = new("not-it-at-all", lab.A);
        // Full, in SQLSTATE 53300: neither accepted nor refused.
        await lab.ExecuteAsync($"ALTER ROLE {lab.A} CONNECTION LIMIT 0");
        foreach (SecretProof full in new[] { await lab.Driver.ProveAsync(old, default), await lab.Driver.ProveRefusedAsync(old, default) })
        {
            Assert.Equal((false, false), (full.IsProven, full.IsFinal));
            Assert.Contains("53300", full.Words);
        }
        string hba = Path.Combine(_postgres.Folder, "data", "pg_hba.conf"), before = await File.ReadAllTextAsync(hba);
        try
        {
            await File.WriteAllTextAsync(hba, $"host {lab.Database} {lab.B} 127.0.0.1/32 trust\nhost {lab.Database} {lab.A} 127.0.0.1/32 reject\n" + before);
            await _postgres.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
            await Until.TrueAsync(async () => (await lab.Driver.ProveAsync(old, default)).Words.Contains("28000", StringComparison.Ordinal));
            SecretProof rejected = await lab.Driver.ProveRefusedAsync(old, default);
            Assert.Equal((false, false), (rejected.IsProven, rejected.IsFinal));
            foreach (SecretProof open in new[] { await lab.Driver.ProveAsync(new SecretMaterial("anything", lab.B), default), await lab.Driver.ProveRefusedAsync(new SecretMaterial("anything", lab.B), default) })
            {
                Assert.Equal((false, true), (open.IsProven, open.IsFinal));
                Assert.Contains("without asking for a password", open.Words);
            }
        }
        finally
        {
            await File.WriteAllTextAsync(hba, before);
            await _postgres.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
            await lab.ExecuteAsync($"ALTER ROLE {lab.A} CONNECTION LIMIT -1");
        }
        await Until.TrueAsync(async () => (await lab.Driver.ProveRefusedAsync(wrong, default)).IsProven);
    }

    public static TheoryData<string, string, string> Refusals => new()
    {
        { "DROP ROLE {B}", "SecretLoginMissing", "no role" },
        { "ALTER ROLE {B} VALID UNTIL '2001-01-01'", "SecretLoginsDiffer", "counts until" },
        { "ALTER ROLE {B} CONNECTION LIMIT 3", "SecretLoginsDiffer", "may have 3 sessions" },
        { "ALTER ROLE {A} SET search_path = shop", "SecretLoginsDiffer", "search_path" },
        { "GRANT pg_monitor TO {A}", "SecretLoginsDiffer", "pg_monitor" },
        { "ALTER ROLE {B} NOLOGIN", "SecretLoginsDiffer", "may not log in" },
        { "REVOKE {O} FROM {B}", "SecretLoginsDiffer", "no member" },
        { "ALTER ROLE {B} IN DATABASE {D} RESET role", "SecretLoginsDiffer", "would belong to" },
        { "CREATE TABLE own (i int); ALTER TABLE own OWNER TO {A}", "SecretLoginsDiffer", "public.own" },
        { "ALTER DEFAULT PRIVILEGES FOR ROLE {A} GRANT SELECT ON TABLES TO PUBLIC", "SecretLoginsDiffer", "default privileges" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Logins_that_differ_are_refused_with_the_remedy(string sql, string error, string words)
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        await lab.ExecuteAsync(sql.Replace("{A}", lab.A).Replace("{B}", lab.B).Replace("{O}", lab.Owner).Replace("{D}", lab.Database));
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(new SecretMaterial(LoginLab.First, lab.A), default));
        Assert.Equal(error, refused.ErrorId);
        Assert.Contains(words, refused.Message);
    }

    [Fact]
    public async Task Lines_of_pg_hba_that_name_one_login_alone_and_open_ones_are_found()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        string hba = Path.Combine(_postgres.Folder, "data", "pg_hba.conf"), before = await File.ReadAllTextAsync(hba);
        try
        {
            await File.WriteAllTextAsync(hba, $"host {lab.Database} {lab.B} 10.9.9.0/24 trust\nhost {lab.Database} {lab.A} 10.9.9.9/32 scram-sha-256\n" + before);
            OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(new SecretMaterial(LoginLab.First, lab.A), default));
            Assert.Contains("line 2", refused.Message);
            await File.WriteAllTextAsync(hba, $"host {lab.Database} {lab.B},{lab.A} 10.9.9.0/24 trust\n" + before);
            SecretSurvey survey = await lab.Driver.LookAsync(new SecretMaterial(LoginLab.First, lab.A), default);
            Assert.Contains(survey.Warnings, w => w.Contains("without a password", StringComparison.Ordinal));
        }
        finally { await File.WriteAllTextAsync(hba, before); }
    }

    [Fact]
    public async Task A_login_that_may_not_and_a_session_in_the_way_are_named()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
        await using (await lab.LogInAsync(fresh))
            Assert.Equal("SecretLoginInUse", (await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(old, default))).ErrorId);

        DatabaseSettings weak = lab.Lab.Database with { User = lab.A, Password = SecretReference.Literal(LoginLab.First) };
        lab.Lab.Context = BackupLab.ContextOf(lab.Lab.Folder, weak, ["local"], lab.Lab.Reporter);
        OpsException forbidden = await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(old, default));
        Assert.Equal("SecretLoginForbidden", forbidden.ErrorId);
        Assert.DoesNotContain(LoginLab.First, forbidden.Message);

        // A login may change its own password, but not as the owner whom it acts as.
        lab.Entry = lab.Entry with { Logins = [lab.A] };
        SecretSurvey survey = await lab.Driver.LookAsync(old, default);
        Assert.Contains(survey.Warnings, w => w.StartsWith("The verifier lands in the server's log", StringComparison.Ordinal));
        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, new SecretMaterial("third-value-E9", lab.A), default));
        await using NpgsqlConnection session = await lab.LogInAsync(new SecretMaterial("third-value-E9", lab.A));
    }

    [Fact]
    public async Task Sessions_are_counted_by_who_may_not_see_what_they_do()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        string admin = lab.Owner + "_adm";
        await lab.ExecuteAsync($"CREATE ROLE {admin} LOGIN CREATEROLE PASSWORD 'admin-value-T5'; ALTER ROLE {lab.B} PASSWORD 'second-value-W3'");
        lab.Lab.Context = BackupLab.ContextOf(lab.Lab.Folder,
            lab.Lab.Database with { User = admin, Password = SecretReference.Literal("admin-value-T5") }, ["local"], lab.Lab.Reporter);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        await using NpgsqlConnection first = await lab.LogInAsync(old), second = await lab.LogInAsync(fresh);
        OldSessions? count = await lab.Driver.CountOldAsync(old, fresh, default);
        Assert.Equal((1, $"1 of {lab.A} from the socket or an address that is not told"), (count!.Count, count.Words));
        Assert.Equal("SecretLoginInUse", (await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(old, default))).ErrorId);
    }

    [Fact]
    public async Task A_standby_takes_no_password()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        await using PostgresStandby standby = await PostgresStandby.StartAsync(_postgres);
        lab.Lab.Context = BackupLab.ContextOf(lab.Lab.Folder, lab.Lab.Database with { Port = standby.Port }, ["local"], lab.Lab.Reporter);
        Assert.Equal("SecretServerInRecovery", (await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(new SecretMaterial(LoginLab.First, lab.A), default))).ErrorId);
    }

    /// <summary>A server that follows another one.</summary>
    private sealed class PostgresStandby(PostgresFixture server) : IAsyncDisposable
    {
        public int Port => server.Port;

        public static async Task<PostgresStandby> StartAsync(PostgresFixture primary) => new(await primary.StartStandbyAsync());

        public async ValueTask DisposeAsync() => await server.DisposeAsync();
    }
}
