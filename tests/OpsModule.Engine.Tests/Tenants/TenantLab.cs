using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Areas.Tenants.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>
/// A database with the tenants demo, acme and beta, each with a schema that the role app uses, and two instances of an application that knows
/// them.
/// </summary>
internal sealed class TenantLab : IAsyncDisposable
{
    private readonly PostgresFixture _postgres;

    private TenantLab(PostgresFixture postgres, DatabaseSettings database) => (_postgres, Database) = (postgres, database);

    public DatabaseSettings Database { get; }

    public TempFolder Folder { get; } = new();

    public TenantServer First { get; } = new();

    public TenantServer Second { get; private set; } = new();

    public ShiftedTime Clock { get; } = new();

    public RecordingReporter Reporter { get; } = new();

    public OpsContext Context { get; private set; } = null!;

    public string App { get; } = "app_" + Guid.NewGuid().ToString("N")[..8];

    /// <summary>Makes it.</summary>
    /// <param name="postgres">The server.</param>
    /// <param name="more">Further sections of the environment file.</param>
    /// <param name="suspend">Further parts of <c>tenants.suspend</c>, as items of a flow map.</param>
    public static async Task<TenantLab> CreateAsync(PostgresFixture postgres, string more = "", string suspend = "")
    {
        var lab = new TenantLab(postgres, await postgres.CreateDatabaseAsync());
        // Both instances look into one place, as two of one application do.
        await lab.Second.DisposeAsync();
        lab.Second = new TenantServer { Suspended = lab.First.Suspended };
        await lab.ExecuteAsync($"CREATE ROLE {lab.App} LOGIN PASSWORD 'app-password-1'");
        await lab.ExecuteAsync("CREATE TABLE public.tenants (slug text, is_active boolean, note text)");
        foreach (string tenant in new[] { "demo", "acme", "beta" })
        {
            await lab.ExecuteAsync($"INSERT INTO public.tenants VALUES ('{tenant}', true, 'kept'); CREATE SCHEMA tenant_{tenant}; CREATE TABLE "
                + $"tenant_{tenant}.notes (n int); GRANT USAGE ON SCHEMA tenant_{tenant} TO {lab.App}; GRANT SELECT ON tenant_{tenant}.notes TO "
                + lab.App);
            lab.Folder.Write($"tokens/{tenant}.token", $"{tenant}-token-of-the-tests\n");
        }
        lab.Folder.Write("admin.secret", "admin-secret-91\n");
        lab.Load(more, suspend);
        return lab;
    }

    /// <summary>Writes the environment file and reads it.</summary>
    public void Load(string more = "", string suspend = "", string proof = "")
    {
        File.WriteAllText(Folder["ops.yaml"], $$"""
            environment: lab
            databases:
              main: { host: 127.0.0.1, port: {{Database.Port}}, name: {{Database.Database}}, user: postgres, password: {{PostgresFixture.Password}}, tenantSchema: "tenant_{tenant}" }
            tenants:
              others: [ acme, beta ]
              within: 2s
              suspend:
                flag: { database: main, table: tenants, key: slug, column: is_active, suspended: false }
                schema: main
                endpoints:
                  - { name: admin, suspend: "{{First.Url}}/tenants/{tenant}/suspend", resume: "{{First.Url}}/tenants/{tenant}/resume", header: "X-Admin: {token}", token: "file:admin.secret", check: "{{First.Url}}/tenants/{tenant}", json: tenant.suspended }
                {{suspend}}
              proof:
                - { name: old token, request: "{{First.Url}}/me", header: "Authorization: Bearer {token}", token: "file:tokens/{tenant}.token" }
                - { name: old token at the second, request: "{{Second.Url}}/me", header: "Authorization: Bearer {token}", token: "file:tokens/{tenant}.token" }
                {{proof}}
            {{more}}
            """);
        EnvironmentLoad load = EnvironmentLoader.Load(Folder["ops.yaml"]);
        Context = OpsContextFactory.Create(load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings)), Reporter)
            with { Time = Clock };
    }

    public Task<ChangePlan?> PlanAsync(string tenant = "demo", SuspendOptions? options = null) =>
        new SuspendPlanner(Context).PlanAsync(tenant, options ?? new SuspendOptions { Reason = "test" }, "Suspend-OpsTenant", default);

    /// <summary>Suspends; null where it waits for its time.</summary>
    public async Task<ChangeResult?> SuspendAsync(string tenant = "demo", SuspendOptions? options = null) =>
        await new ChangeRunner(Context).RunAsync((await PlanAsync(tenant, options))!, default);

    public async Task<TenantRecord> ResumeAsync(string tenant = "demo") => (TenantRecord)(await new ChangeRunner(Context).RunAsync(
        (await new ResumePlanner(Context).PlanAsync(tenant, null, "Resume-OpsTenant", default))!, default))!.Value!;

    public TenantRecord Find(string tenant = "demo") => new TenantCatalog(Context).Find(tenant);

    /// <summary>What health says of the one tenant that is suspended.</summary>
    public async Task<HealthResult> HealthAsync(OpsContext? context = null)
    {
        var found = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(context ?? Context).RunAsync(new HealthRequest { Checks = ["tenant.suspended"] }, default))
            found.Add(result);
        return Assert.Single(found);
    }

    public Task ExecuteAsync(string sql) => _postgres.ExecuteAsync(Database.Database, sql);

    public Task<string> AclAsync(string tenant = "demo") => _postgres.ScalarAsync<string>(Database.Database,
        $"SELECT coalesce(nspacl::text, 'none') FROM pg_namespace WHERE nspname = 'tenant_{tenant}'");

    public Task<bool> IsActiveAsync(string tenant = "demo") => _postgres.ScalarAsync<bool>(Database.Database,
        $"SELECT is_active FROM public.tenants WHERE slug = '{tenant}'");

    /// <summary>Everything that suspending touches, in words.</summary>
    public async Task<string> LookAsync(string tenant = "demo") => $"{await AclAsync(tenant)} {await IsActiveAsync(tenant)} "
        + $"{First.Suspended.GetValueOrDefault(tenant)} {Find(tenant).Status}";

    public async ValueTask DisposeAsync()
    {
        Context.Dispose();
        await First.DisposeAsync();
        await Second.DisposeAsync();
        Folder.Dispose();
    }
}
