using Npgsql;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Nobody is locked out, whoever administers, however far a rotation came, and whatever the password was.</summary>
[Collection(LoginServer.Name)]
public sealed class TakingBackTests(LoginServerFixture server)
{
    private readonly PostgresFixture _postgres = server.Postgres;

    [Fact]
    public async Task A_login_that_changes_its_own_password_goes_on_and_goes_back_while_the_file_has_the_old_one()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres, two: false);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.A);
        await File.WriteAllTextAsync(Path.Combine(lab.Lab.Folder, "app.env"), $"PW={LoginLab.First}\n");
        AdministerAs(lab, lab.A, new SecretReference("file:app.env#PW", lab.Lab.Folder));

        await lab.Driver.LookAsync(old, default);
        ChangeResult made = (await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default)))!;
        Assert.True((await lab.Driver.ProveAsync(fresh, default)).IsProven);
        // Gone on with after a kill, and planned anew with what is found to count.
        await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
        Assert.Equal(lab.A, (await lab.Driver.LookAsync(fresh, default)).NextLogin);

        await lab.UndoAsync(made, run => lab.Driver.TakeBackAsync(run, old, fresh, default));

        Assert.True((await lab.Driver.ProveAsync(old, default)).IsProven);
        Assert.True((await lab.Driver.ProveRefusedAsync(fresh, default)).IsProven);
    }

    [Fact]
    public async Task Who_is_one_of_two_logins_does_not_set_their_passwords()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        await lab.ExecuteAsync($"ALTER ROLE {lab.A} CREATEROLE; ALTER ROLE {lab.B} CREATEROLE");
        AdministerAs(lab, lab.A, SecretReference.Literal(LoginLab.First)!);
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(new SecretMaterial(LoginLab.First, lab.A), default));
        Assert.Equal("SecretLoginForbidden", refused.ErrorId);
        Assert.Contains($"{lab.A}, who is one of the two", refused.Message);
        Assert.Contains("restoreUser", refused.RecommendedAction);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_the_drop_the_login_from_before_is_let_in_before_the_other_one_is_shut_out(bool isRejectedFromHere)
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        ChangeResult made = (await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default)))!;
        await lab.RunAsync(run => lab.Driver.DropAsync(run, old, fresh, default));
        string hba = Path.Combine(_postgres.Folder, "data", "pg_hba.conf"), before = await File.ReadAllTextAsync(hba);
        try
        {
            if (isRejectedFromHere) await ReloadAsync(hba, $"host {lab.Database} {lab.A} 127.0.0.1/32 reject\n" + before);
            await lab.UndoAsync(made, run => lab.Driver.TakeBackAsync(run, old, fresh, default));
        }
        finally { await ReloadAsync(hba, before); }
        await Until.TrueAsync(async () => (await lab.Driver.ProveAsync(old, default)).IsProven);
        Assert.Null(await lab.VerifierAsync(lab.B));
    }

    [Fact]
    public async Task Where_somebody_has_given_the_login_from_before_another_password_the_new_one_stays()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        ChangeResult made = (await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default)))!;
        await lab.ExecuteAsync($"ALTER ROLE {lab.A} PASSWORD 'by-hand-R5'");
        string? byHand = await lab.VerifierAsync(lab.A);

        await lab.UndoAsync(made, run => lab.Driver.TakeBackAsync(run, old, fresh, default));

        Assert.Equal(byHand, await lab.VerifierAsync(lab.A));
        Assert.True((await lab.Driver.ProveAsync(fresh, default)).IsProven);
        Assert.Contains(lab.Lab.Reporter.Warnings, w => w.Contains($"{lab.B} keeps its new one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_present_password_that_SASLprep_refuses_is_brought_back_or_refused_in_the_plan()
    {
        const string Bell = "bell\u0007-first-value";
        using LoginLab lab = await LoginLab.CreateAsync(_postgres, two: false);
        await lab.ExecuteAsync($"ALTER ROLE {lab.A} PASSWORD '{Bell}'");
        SecretMaterial old = new(Bell, lab.A), fresh = new("second-value-W3", lab.A);
        await lab.Driver.LookAsync(old, default);
        ChangeResult made = (await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default)))!;
        await lab.UndoAsync(made, run => lab.Driver.TakeBackAsync(run, old, fresh, default));
        Assert.True((await lab.Driver.ProveAsync(old, default)).IsProven);

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.Driver.LookAsync(new SecretMaterial("soft\u00ADhyphen", lab.A), default));
        Assert.Equal("SecretPasswordUnfit", refused.ErrorId);
        Assert.Contains("present password", refused.Message);
    }

    [Fact]
    public async Task Sessions_on_a_standby_are_not_seen_and_that_is_said()
    {
        using LoginLab lab = await LoginLab.CreateAsync(_postgres);
        SecretMaterial old = new(LoginLab.First, lab.A), fresh = new("second-value-W3", lab.B);
        PostgresFixture standby = await _postgres.StartStandbyAsync();
        try
        {
            await Until.TrueAsync(async () => await FollowersAsync(lab) == 1);
            await Until.TrueAsync(async () =>
            {
                try { return await standby.ScalarAsync<bool>(lab.Database, $"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = '{lab.A}')"); }
                catch (PostgresException) { return false; }
            });
            await using NpgsqlConnection there = await lab.LogInAsync(old, standby.Port);
            Assert.Contains((await lab.Driver.LookAsync(old, default)).Warnings, w => w.StartsWith("Standbys at 127.0.0.1 ", StringComparison.Ordinal));
            await lab.RunAsync(run => lab.Driver.SetAsync(run, old, fresh, default));
            await using (await lab.LogInAsync(old)) Assert.Equal(1, (await lab.Driver.CountOldAsync(old, fresh, default))!.Count);
            await Until.TrueAsync(async () => await lab.Driver.CountOldAsync(old, fresh, default) is null);
            await lab.RunAsync(run => lab.Driver.DropAsync(run, old, fresh, default));

            SecretProof refused = await lab.Driver.ProveRefusedAsync(old, default);
            Assert.Equal((false, true), (refused.IsProven, refused.IsFinal));
            Assert.Contains("28P01", refused.Words);
            Assert.Contains("standbys (127.0.0.1)", refused.Words);
            // What it says is so.
            await using var alive = new NpgsqlCommand("SELECT 1", there);
            Assert.Equal(1, await alive.ExecuteScalarAsync());
        }
        finally
        {
            await standby.DisposeAsync();
            await Until.TrueAsync(async () => await FollowersAsync(lab) == 0);
        }
    }

    private static Task<long> FollowersAsync(LoginLab lab) =>
        lab.ScalarAsync<long>("SELECT count(*) FROM pg_stat_replication WHERE application_name NOT IN ('pg_basebackup', 'pg_receivewal')");

    private static void AdministerAs(LoginLab lab, string user, SecretReference? password)
    {
        DatabaseSettings settings = lab.Lab.Database with { User = user, Password = password };
        lab.Lab.Context = BackupLab.ContextOf(lab.Lab.Folder, settings, ["local"], lab.Lab.Reporter);
    }

    private async Task ReloadAsync(string hba, string text)
    {
        const string Loaded = "SELECT pg_conf_load_time()::text";
        string before = await _postgres.ScalarAsync<string>("postgres", Loaded);
        await File.WriteAllTextAsync(hba, text);
        await _postgres.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
        await Until.TrueAsync(async () => await _postgres.ScalarAsync<string>("postgres", Loaded) != before);
    }
}
