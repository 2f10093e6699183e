using OpsModule.Engine.Areas.Lockdown;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>The API keys of one tenant, in a table that holds those of others as well.</summary>
[Collection(PostgresTenants.Name)]
public sealed class TenantKeyTests(PostgresFixture postgres)
{
    private const string Suspend = "keys: [ { secret: partners, column: tenant } ]";

    [Theory]
    [InlineData("column: is_revoked, value: true", "is_revoked boolean NOT NULL DEFAULT false", "is_revoked = true")]
    [InlineData("column: is_active, value: false", "is_active boolean NOT NULL DEFAULT true", "is_active = false")]
    [InlineData("column: revoked_at, value: now", "revoked_at timestamptz", "revoked_at = '2020-01-01'")]
    // Several values are valid, and each comes back.
    [InlineData("column: status, value: revoked, active: valid", "status text NOT NULL DEFAULT 'trial'", "status = 'revoked'")]
    public async Task Those_that_were_valid_are_revoked_and_come_back_as_they_were(string revoked, string column, string revoke)
    {
        await using TenantLab lab = await UpAsync(revoked, column);
        await lab.ExecuteAsync($"UPDATE public.api_keys SET {revoke} WHERE id = 'd-3'");
        string before = await KeysAsync(lab);

        await lab.SuspendAsync();
        string suspended = await KeysAsync(lab);
        Assert.NotEqual(before, suspended);
        Assert.Equal(Line(before, "a-1"), Line(suspended, "a-1"));
        Assert.Equal(Line(before, "d-3"), Line(suspended, "d-3"));
        ChangePlan plan = (await new ResumePlanner(lab.Context).PlanAsync("demo", null, "Resume-OpsTenant", default))!;
        Assert.Contains("2 keys become valid again: d-1, d-2. One that is known to others has to be revoked afterwards.", plan.Warnings);
        await new ChangeRunner(lab.Context).RunAsync(plan, default);

        Assert.Equal(before, await KeysAsync(lab));
    }

    [Fact]
    public async Task One_that_was_made_meanwhile_is_revoked_and_stays_so()
    {
        await using TenantLab lab = await UpAsync("column: is_revoked, value: true", "is_revoked boolean NOT NULL DEFAULT false");
        ChangePlan plan = (await lab.PlanAsync())!;
        // It comes when the row of the tenant is written: after the plan, before its keys are revoked.
        await lab.ExecuteAsync("""
            CREATE FUNCTION public.one_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO public.api_keys (id, name, key_hash, tenant) VALUES ('d-9', 'late', 'hd9', 'demo') ON CONFLICT DO NOTHING; RETURN NEW; END $$;
            ALTER TABLE public.api_keys ADD UNIQUE (id);
            CREATE TRIGGER more AFTER UPDATE ON public.tenants FOR EACH ROW EXECUTE FUNCTION public.one_more()
            """);

        await new ChangeRunner(lab.Context).RunAsync(plan, default);

        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("d-9", StringComparison.Ordinal));
        Assert.Equal(0L, await postgres.ScalarAsync<long>(lab.Database.Database, "SELECT count(*) FROM public.api_keys WHERE tenant = 'demo' AND NOT is_revoked"));
        await lab.ResumeAsync();
        Assert.Equal(3L, await postgres.ScalarAsync<long>(lab.Database.Database, "SELECT count(*) FROM public.api_keys WHERE tenant = 'demo' AND NOT is_revoked"));
        Assert.True(await postgres.ScalarAsync<bool>(lab.Database.Database, "SELECT is_revoked FROM public.api_keys WHERE id = 'd-9'"));
    }

    [Fact]
    public async Task Keys_that_do_not_stay_revoked_are_told_and_nothing_is_half()
    {
        await using TenantLab lab = await UpAsync("column: is_revoked, value: true", "is_revoked boolean NOT NULL DEFAULT false");
        await lab.ExecuteAsync("""
            CREATE FUNCTION public.never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.is_revoked := false; RETURN NEW; END $$;
            CREATE TRIGGER never BEFORE UPDATE ON public.api_keys FOR EACH ROW EXECUTE FUNCTION public.never()
            """);
        string before = await lab.LookAsync();

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.SuspendAsync());

        Assert.Equal("TenantKeysStillValid", error.ErrorId);
        Assert.Equal(before, await lab.LookAsync());
    }

    /// <summary>Whoever is to be cut off makes keys all the time, and is cut off all the same.</summary>
    [Fact]
    public async Task One_that_was_made_since_the_plan_keeps_nobody_from_being_suspended()
    {
        await using TenantLab lab = await UpAsync("column: is_revoked, value: true", "is_revoked boolean NOT NULL DEFAULT false");
        ChangePlan plan = (await lab.PlanAsync())!;
        Assert.Contains(plan.Figures, f => f.Name == "valid keys (partners) of demo" && f.Value == "d-1, d-2, d-3");
        await lab.ExecuteAsync("INSERT INTO public.api_keys (id, name, key_hash, tenant) VALUES ('d-9', 'late', 'hd9', 'demo')");

        await new ChangeRunner(lab.Context).RunAsync(plan, default);

        Assert.Equal(0L, await postgres.ScalarAsync<long>(lab.Database.Database, "SELECT count(*) FROM public.api_keys WHERE tenant = 'demo' AND NOT is_revoked"));
    }

    [Fact]
    public async Task One_that_somebody_has_revoked_since_stays_as_he_left_it()
    {
        await using TenantLab lab = await UpAsync("column: revoked_at, value: now", "revoked_at timestamptz");
        string before = await KeysAsync(lab);
        await lab.SuspendAsync();
        await lab.ExecuteAsync("UPDATE public.api_keys SET revoked_at = '2031-01-01Z' WHERE id = 'd-1'");
        string theirs = Line(await KeysAsync(lab), "d-1");

        await lab.ResumeAsync();

        Assert.Equal(theirs, Line(await KeysAsync(lab), "d-1"));
        Assert.Equal(Line(before, "d-2"), Line(await KeysAsync(lab), "d-2"));
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("revoked by somebody else since, and stay so: d-1", StringComparison.Ordinal));
    }

    /// <summary>Nothing in the table tells a key that a lockdown revokes from one that a suspension has revoked before.</summary>
    [Fact]
    public async Task Keys_that_a_lockdown_revokes_stay_so_when_the_suspension_ends()
    {
        await using TenantLab lab = await UpAsync("column: is_revoked, value: true", "is_revoked boolean NOT NULL DEFAULT false");
        await lab.SuspendAsync();

        ChangePlan plan = await new LockdownPlanner(lab.Context).PlanAsync("a breach", null, [LockdownPart.Evidence, LockdownPart.EmergencyKeys],
            "Invoke-OpsSecurityLockdown", default);
        ChangeResult locked = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!;

        Assert.Contains(new LockdownReport(lab.Context).Of(locked.Change!)!.Parts, p => p.Words?.Contains("keys of partners of demo stay revoked", StringComparison.Ordinal) is true);
        await lab.ResumeAsync();
        Assert.Equal(0L, await postgres.ScalarAsync<long>(lab.Database.Database, "SELECT count(*) FROM public.api_keys WHERE NOT is_revoked"));
    }

    [Fact]
    public async Task A_column_that_is_not_there_is_told()
    {
        await using TenantLab lab = await UpAsync("column: is_revoked, value: true", "is_revoked boolean NOT NULL DEFAULT false");
        await lab.ExecuteAsync("ALTER TABLE public.api_keys RENAME tenant TO customer");

        Assert.Equal("TenantTableInvalid", (await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync())).ErrorId);
    }

    private async Task<TenantLab> UpAsync(string revoked, string column)
    {
        TenantLab lab = await TenantLab.CreateAsync(postgres);
        await lab.ExecuteAsync($"""
            CREATE TABLE public.api_keys (id text, name text, key_hash text, tenant text, {column});
            INSERT INTO public.api_keys (id, name, key_hash, tenant) VALUES ('d-1', 'shop', 'h1', 'demo'), ('d-2', 'app', 'h2', 'demo'), ('d-3', 'old', 'h3', 'demo'),
                ('a-1', 'shop', 'h4', 'acme'), ('x-1', 'demo', 'h5', 'demo2')
            """);
        lab.Load($"secrets: {{ partners: {{ apiKey: {{ table: {{ database: main, name: api_keys, hash: key_hash, revoked: {{ {revoked} }} }} }} }} }}\n"
            + "lockdown: { keys: true }", Suspend);
        return lab;
    }

    private Task<string> KeysAsync(TenantLab lab) => postgres.ScalarAsync<string>(lab.Database.Database,
        "SELECT string_agg(k::text, E'\n' ORDER BY id) FROM public.api_keys k");

    private static string Line(string all, string id) => all.Split('\n').Single(l => l.Contains(id, StringComparison.Ordinal));
}
