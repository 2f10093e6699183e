using Npgsql;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>Suspending a tenant at a real server, with two instances of an application, and letting it in again.</summary>
[Collection(PostgresTenants.Name)]
public sealed class SuspendTenantTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_tenant_is_cut_off_everywhere_others_are_served_and_everything_comes_back_exactly()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync(), other = await lab.LookAsync("acme");
        await using NpgsqlConnection session = await LogInAsync(lab);
        await using var prepared = new NpgsqlCommand("SELECT count(*) FROM tenant_demo.notes", session);
        await prepared.PrepareAsync();
        Assert.Equal(0L, await prepared.ExecuteScalarAsync());

        TenantRecord made = (TenantRecord)(await lab.SuspendAsync())!.Value!;

        Assert.Equal((TenantStatus.Suspended, true, "test"), (made.Status, made.IsProven, made.Reason));
        Assert.Contains(made.Proofs, p => p.StartsWith("old token at the second", StringComparison.Ordinal) && p.EndsWith("refuses (403)", StringComparison.Ordinal));
        Assert.Contains("acme, beta served as before", made.Proofs);
        Assert.Equal("{} False True Suspended", await lab.LookAsync());
        Assert.Equal(other, await lab.LookAsync("acme"));
        // A session that is there, and has the statement prepared, is refused as well.
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => prepared.ExecuteScalarAsync())).SqlState);
        Assert.Equal("kept", await postgres.ScalarAsync<string>(lab.Database.Database, "SELECT note FROM public.tenants WHERE slug = 'demo'"));

        TenantRecord back = await lab.ResumeAsync();

        Assert.Equal((TenantStatus.Active, true), (back.Status, back.IsProven));
        Assert.Equal(before, await lab.LookAsync());
        Assert.Equal(0L, await prepared.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Once_more_changes_nothing_and_lifting_what_is_not_suspended_neither()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        await lab.SuspendAsync();
        string suspended = await lab.LookAsync();

        Assert.Null(await lab.PlanAsync());
        Assert.Equal(suspended, await lab.LookAsync());
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync("demo", new SuspendOptions { For = TimeSpan.FromHours(1) }));
        Assert.Equal("TenantSuspendedAlready", error.ErrorId);

        await lab.ResumeAsync();
        Assert.Null(await new ResumePlanner(lab.Context).PlanAsync("demo", null, "Resume-OpsTenant", default));
    }

    [Fact]
    public async Task Undo_lets_it_in_again_and_a_second_time_says_so()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        ChangeResult made = (await lab.SuspendAsync())!;

        await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(made.Change!)!, default);

        Assert.Equal(before, await lab.LookAsync());
    }

    [Theory]
    [InlineData("nobody-there", "TenantNotFound")]
    [InlineData("../demo", "TenantNameInvalid")]
    public async Task A_tenant_that_is_not_there_is_told(string tenant, string error)
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        Assert.Equal(error, (await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync(tenant))).ErrorId);
        Assert.Empty(lab.First.Suspended);
    }

    [Fact]
    public async Task An_endpoint_that_answers_500_leaves_nothing_half()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        lab.First.SuspendStatus = 500;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.SuspendAsync());

        Assert.Equal("TenantEndpointFailed", error.ErrorId);
        Assert.Contains("answers 500", error.Message);
        Assert.Equal(before, await lab.LookAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Whoever_stops_it_gets_everything_back()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        using var stop = new CancellationTokenSource();
        lab.First.WhenSuspended = stop.Cancel;
        ChangePlan plan = (await lab.PlanAsync())!;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ChangeRunner(lab.Context).RunAsync(plan, stop.Token));

        Assert.Equal(before, await lab.LookAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task An_endpoint_that_nobody_answers_at_leaves_nothing_half()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        int port = FreePorts.Take();
        lab.Load(suspend: $"queues: [ {{ name: jobs, suspend: \"http://127.0.0.1:{port}/{{tenant}}/off\", resume: \"http://127.0.0.1:{port}/{{tenant}}/on\" }} ]");
        string before = await lab.LookAsync();

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.SuspendAsync());

        Assert.Equal("TenantEndpointAway", error.ErrorId);
        Assert.Contains("was taken back", error.Message);
        Assert.Equal(before, await lab.LookAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task An_endpoint_that_lies_is_found_and_leaves_nothing_half()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        lab.First.SuspendStatus = 200;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.SuspendAsync());

        Assert.Equal("TenantEndpointLied", error.ErrorId);
        Assert.Equal(before, await lab.LookAsync());
    }

    [Fact]
    public async Task An_instance_that_goes_on_serving_is_found_and_the_tenant_stays_cut_off()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        lab.Second.IsStale = true;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.SuspendAsync());

        Assert.Equal("TenantStillServed", error.ErrorId);
        Assert.Contains("old token at the second", error.Message);
        Assert.Equal("{} False True Unfinished", await lab.LookAsync());
        Assert.True(((IVerdict)lab.Find()).IsBad());
        JournalEntry open = lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;

        // Mended, it is proven once more; nothing is done twice.
        lab.Second.IsStale = false;
        await new ChangeRunner(lab.Context).ResumeAsync(open, default);
        Assert.Equal((TenantStatus.Suspended, true), (lab.Find().Status, lab.Find().IsProven));
        await lab.ResumeAsync();
        Assert.Equal(before, await lab.LookAsync());
    }

    [Fact]
    public async Task What_refuses_others_is_taken_back()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        lab.First.HurtsOthers = true;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.SuspendAsync());

        Assert.Equal("OtherTenantRefused", error.ErrorId);
        Assert.Equal(before, await lab.LookAsync());
    }

    [Fact]
    public async Task A_token_that_has_expired_is_refused_before_anything_is_done()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        lab.Folder.Write("tokens/demo.token", TokenExpiryTests.Token(DateTimeOffset.UtcNow.AddSeconds(-5)));
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync());
        Assert.Equal("TenantTokenInvalid", error.ErrorId);
        Assert.Contains("has ended at", error.Message);

        // One that does not say when it ends, and is refused already.
        lab.Folder.Write("tokens/demo.token", "somebody's");
        Assert.Equal("TenantProofWorthless", (await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync())).ErrorId);
        Assert.Equal(before, await lab.LookAsync());

        // In an emergency it is suspended all the same, and nobody says that it was seen.
        TenantRecord made = (TenantRecord)(await lab.SuspendAsync("demo", new SuspendOptions { SkipProof = true }))!.Value!;
        Assert.Equal((TenantStatus.Suspended, false), (made.Status, made.IsProven));
        Assert.True(((IVerdict)made).IsBad());
    }

    [Fact]
    public async Task A_table_whose_column_is_not_boolean_is_told()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        await lab.ExecuteAsync("ALTER TABLE public.tenants ALTER is_active TYPE text");
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync());
        Assert.Equal("TenantTableInvalid", error.ErrorId);
        Assert.Contains("of type text", error.Message);
    }

    [Fact]
    public async Task A_plan_that_has_drifted_changes_nothing()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        ChangePlan plan = (await lab.PlanAsync())!;
        await lab.ExecuteAsync($"GRANT CREATE ON SCHEMA tenant_demo TO {lab.App}");
        string before = await lab.LookAsync();

        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default))).ErrorId);
        Assert.Equal(before, await lab.LookAsync());
    }

    [Fact]
    public async Task What_is_not_declared_any_more_is_not_lifted_by_halves()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        await lab.SuspendAsync();
        string yaml = File.ReadAllText(lab.Folder["ops.yaml"]);
        File.WriteAllText(lab.Folder["ops.yaml"], yaml.Replace("    schema: main\n", ""));
        using OpsContext other = Changes.Killing.KilledLab.ContextOf(lab.Folder.Path);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ResumePlanner(other).PlanAsync("demo", null, "Resume-OpsTenant", default));

        Assert.Equal("TenantSettingsChanged", error.ErrorId);
        Assert.Equal("{} False True Suspended", await lab.LookAsync());
    }

    private static async Task<NpgsqlConnection> LogInAsync(TenantLab lab)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = lab.Database.Port, Database = lab.Database.Database, Username = lab.App, Password = "app-password-1",
            Pooling = false, Timeout = 15,
        }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
