using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>The sections <c>tenants:</c> and <c>lockdown:</c> of the environment file.</summary>
public sealed class TenantSectionTests : IDisposable
{
    private const string Head = "environment: web\ndatabases: { main: { host: 127.0.0.1, name: shop, user: postgres, tenantSchema: \"t_{tenant}\" }, plain: { host: 127.0.0.1, name: x, user: postgres } }\n"
        + "caches: { main: { host: 127.0.0.1 } }\n";

    private const string Keys = """
        secrets:
          partners: { apiKey: { table: { database: main, name: api_keys, hash: key_hash, revoked: { column: is_revoked, value: true } } } }
          session: { random: {}, uses: [ { file: .env, key: SESSION } ] }

        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Everything_is_bound()
    {
        EnvironmentLoad load = Load(Keys + """
            tenants:
              names: [ demo ]
              others: [ acme ]
              within: 3s
              suspend:
                flag: { database: main, table: app.tenants, key: slug, column: blocked, suspended: true }
                schema: main
                endpoints: [ { name: admin, service: api, method: PATCH, suspend: "http://{instance}:4000/{tenant}", resume: "http://{instance}:4000/{tenant}/on", header: "X: {token}", token: "env:ADMIN" } ]
                queues: [ { name: mail, suspend: "https://q.example.net/pause", resume: "https://q.example.net/resume", body: "{\"t\":\"{tenant}\"}", resumeBody: "{\"t\":\"{tenant}\"}" } ]
                sessions: [ { database: main, user: "t_{tenant}" } ]
                keys: [ { secret: partners, column: tenant } ]
                caches: [ { cache: main, prefix: "t:{tenant}:" } ]
              proof: [ { name: old token, service: api, request: "http://{instance}:4000/me", header: "Authorization: Bearer {token}", token: "file:t/{tenant}", refused: [ 401 ] } ]
            lockdown: { keys: true, sessions: [ { database: main, user: app }, { cache: main, prefix: "sess:" } ], evidence: { since: 12h } }
            """);

        Assert.Empty(load.Findings);
        TenantSettings settings = load.Environment!.Section<TenantSettings>();
        Assert.Equal(new TenantFlag("main", "app", "tenants", "slug", "blocked", true), settings.Flag);
        Assert.Equal(("main", new TenantKeys("partners", "tenant"), TimeSpan.FromSeconds(3), "PATCH"), (settings.Schema, settings.Keys[0], settings.Within, settings.Endpoints[0].Method));
        Assert.Equal([401], settings.Proofs[0].Refused);
        Assert.True(settings.Proofs[0].IsOfEachInstance);
        LockdownSettings lockdown = load.Environment.Section<LockdownSettings>();
        Assert.Equal((true, true, TimeSpan.FromHours(12), 2), (lockdown.IsDeclared, lockdown.Keys, lockdown.Since, lockdown.Sessions.Count));
    }

    [Theory]
    [InlineData("suspend: { keys: [ { secret: partners, column: tenant } ] }", "MissingKey", "tenants.names")]
    [InlineData("names: [ a ]\n  suspend: { keys: [ { secret: session, column: tenant } ] }", "BadValue", "tenants.suspend.keys[0].secret")]
    [InlineData("names: [ a ]\n  suspend: { keys: [ { secret: nothing, column: tenant } ] }", "UnknownName", "tenants.suspend.keys[0].secret")]
    [InlineData("names: [ a ]\n  suspend: {}", "MissingKey", "tenants.suspend")]
    [InlineData("suspend: { schema: plain }", "MissingKey", "databases.plain.tenantSchema")]
    [InlineData("suspend: { schema: mian }", "UnknownName", "tenants.suspend.schema")]
    [InlineData("names: [ a ]\n  suspend: { caches: [ { cache: main, prefix: \"t:{tenant}\" } ] }", "BadValue", "tenants.suspend.caches[0].prefix")]
    [InlineData("names: [ a ]\n  suspend: { caches: [ { cache: main, prefix: \"t:{tenant}-\" } ] }", "BadValue", "tenants.suspend.caches[0].prefix")]
    [InlineData("names: [ a ]\n  suspend: { caches: [ { cache: main, prefix: \"t:\" } ] }", "BadValue", "tenants.suspend.caches[0].prefix")]
    [InlineData("names: [ a ]\n  suspend: { sessions: [ { database: main, user: app } ] }", "BadValue", "tenants.suspend.sessions[0].user")]
    [InlineData("names: [ a ]\n  suspend: { sessions: [ { database: main } ] }", "MissingKey", "tenants.suspend.sessions[0]")]
    [InlineData("names: [ a ]\n  suspend: { endpoints: [ { name: x, suspend: \"http://h/off\", resume: \"http://h/{tenant}\" } ] }", "BadValue", "tenants.suspend.endpoints[0].suspend")]
    [InlineData("names: [ a ]\n  suspend: { endpoints: [ { name: x, suspend: \"http://{instance}/{tenant}\", resume: \"http://h/{tenant}\" } ] }", "MissingKey", "tenants.suspend.endpoints[0].service")]
    [InlineData("names: [ a ]\n  suspend: { schema: main }\n  proof: [ { name: p, request: \"http://h/{tenant}\", header: \"A: {token}\" } ]", "MissingKey", "tenants.proof[0].token")]
    [InlineData("names: [ a ]\n  suspend: { schema: main }\n  proof: [ { name: p, request: \"http://h/me\" } ]", "BadValue", "tenants.proof[0]")]
    [InlineData("names: [ a ]\n  suspend: { schema: main }\n  proof: [ { name: p, request: \"http://h/me\", header: \"A: {token}\", token: \"abc-{tenant}\" } ]", "SecretReferenceBad", "tenants.proof[0].token")]
    // An application that has crashed refuses nobody.
    [InlineData("names: [ a ]\n  suspend: { schema: main }\n  proof: [ { name: p, request: \"http://h/{tenant}\", refused: [ 403, 500 ] } ]", "BadValue", "tenants.proof[0].refused[1]")]
    public void What_is_mistaken_is_told(string section, string code, string path)
    {
        EnvironmentLoad load = Load(Keys + "tenants:\n  " + section);
        Assert.Contains(load.Findings, f => f.Code == code && f.Path == path);
    }

    [Theory]
    [InlineData("sessions: [ { database: main } ]", "MissingKey")]
    [InlineData("secrets: [ nothing ]", "UnknownName")]
    [InlineData("sessions: [ { cache: main, prefix: \"\" } ]", "MissingKey")]
    [InlineData("keys: true", "MissingKey")]
    public void A_lockdown_that_is_mistaken_is_told(string section, string code) =>
        Assert.Contains(Load("lockdown:\n  " + section).Findings, f => f.Code == code);

    private EnvironmentLoad Load(string text) => EnvironmentLoader.Load(_folder.Write("ops.yaml", Head + text));
}
