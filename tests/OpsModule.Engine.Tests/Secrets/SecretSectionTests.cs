using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>The section <c>secrets:</c> of the environment file.</summary>
public sealed class SecretSectionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_kind_is_bound()
    {
        EnvironmentLoad load = Load("""
            environment: web
            databases: { main: { host: 127.0.0.1, name: shop, user: postgres } }
            caches: { main: { host: 127.0.0.1 } }
            secrets:
              db: { postgres: { database: main, logins: [ app_a, app_b ], owner: app_owner }, uses: [ { file: .env, key: URL, in: "postgres://{login}:{value}@db/shop" } ], every: 365d, overlap: 1h, pgbouncer: { userlist: userlist.txt, host: 127.0.0.1, password: "env:PGB" } }
              cache: { redis: { cache: main, user: app }, uses: [ { file: .env, key: REDIS_PASSWORD } ] }
              mail: { value: { proof: http, url: "https://mail.example.net", header: "Authorization: Bearer {value}" }, uses: [ { file: mail.txt } ] }
              dsn: { sentry: { org: shop, project: web, token: "env:SENTRY" }, uses: [ { file: .env, key: NEXT_PUBLIC_SENTRY_DSN, build: true } ] }
              session: { random: { length: 40, alphabet: hex }, uses: [ { secret: app, key: session, services: [ api ] } ] }
            """);

        Assert.Empty(load.Findings);
        IReadOnlyDictionary<string, SecretEntry> all = load.Environment!.Section<SecretsSettings>().Entries;
        Assert.Equal([SecretKind.Postgres, SecretKind.Redis, SecretKind.Value, SecretKind.Value, SecretKind.Random], all.Values.Select(e => e.Kind));
        Assert.Equal((TimeSpan.FromDays(365), TimeSpan.FromHours(1), 6432, "app_owner"), (all["db"].Every, all["db"].Overlap, all["db"].PgBouncer!.Admin!.Port, all["db"].Owner));
        Assert.Equal(_folder[".env"], all["db"].Uses[0].File);
        Assert.Equal(("sentry", "https://sentry.io", true), (all["dsn"].Proof!.Kind, all["dsn"].Sentry!.Url, all["dsn"].Uses[0].Build));
        Assert.Equal((40, SecretAlphabets.Hex, "app"), (all["session"].Length, all["session"].Alphabet, all["session"].Uses[0].Secret));
        Assert.Equal("api", Assert.Single(all["session"].Uses[0].Services));
    }

    [Fact]
    public void A_service_of_the_compose_file_needs_no_file()
    {
        File.WriteAllText(_folder["compose.yaml"], "services: { api: { image: x, environment: { API_KEY: value-7Kd-9 } } }\n");
        EnvironmentLoad load = Load("""
            environment: web
            platform: { compose: { file: compose.yaml } }
            secrets: { a: { random: {}, every: 30d, uses: [ { service: api, key: API_KEY } ] } }
            """);
        Assert.Empty(load.Findings);
        using OpsContext context = OpsContextFactory.Create(load.Environment!, new RecordingReporter());
        Assert.Equal("environment of api", Assert.Single(new SecretCatalog(context).Judge(load.Environment!.Section<SecretsSettings>().Entries["a"]).Uses));
        Assert.Equal("the compose file: environment of api#API_KEY", Assert.Single(SecretPlaces.Open(context, load.Environment!.Section<SecretsSettings>().Entries["a"])).Words);
    }

    [Fact]
    public void What_signs_tokens_and_keys_of_an_API_are_bound()
    {
        EnvironmentLoad load = Load("""
            environment: web
            databases: { main: { host: 127.0.0.1, name: shop, user: postgres } }
            secrets:
              jwt: { jwt: { lifetime: 15m, refresh: 14d }, uses: [ { file: .env, key: JWT, previous: JWT_PREVIOUS } ] }
              keys: { apiKey: { table: { database: main, name: api_keys, hash: h, revoked: { column: is_active, value: false } } } }
              list: { apiKey: { list: true }, uses: [ { file: .env, key: API_KEYS, form: list } ] }
            """);

        Assert.Empty(load.Findings);
        IReadOnlyDictionary<string, SecretEntry> all = load.Environment!.Section<SecretsSettings>().Entries;
        // The longest of what is valid, and as much as clocks may be apart.
        Assert.Equal(TimeSpan.FromDays(14) + TimeSpan.FromMinutes(1), all["jwt"].Overlap);
        Assert.Equal([("JWT", false), ("JWT_PREVIOUS", true)], all["jwt"].Uses.Select(u => (u.Key!, u.IsPrevious)));
        Assert.True(all["jwt"].IsPhased && all["jwt"].HoldsTwo && all["list"].IsPhased && !all["keys"].IsPhased);
        Assert.Equal("true", all["keys"].ApiKey!.Table!.Active);
        Assert.Equal("keys", all["keys"].ApiKey!.KeyName);
    }

    [Theory]
    [InlineData("{ uses: [ { file: a } ] }", "MissingKey", "secrets.a")]
    [InlineData("{ random: {}, redis: { cache: main }, uses: [ { file: a } ] }", "KeyConflict", "secrets.a")]
    [InlineData("{ random: {} }", "MissingKey", "secrets.a.uses")]
    [InlineData("{ random: {}, uses: [ { key: A } ] }", "MissingKey", "secrets.a.uses[0]")]
    [InlineData("{ random: {}, uses: [ { service: api } ] }", "MissingKey", "secrets.a.uses[0].key")]
    [InlineData("{ random: {}, uses: [ { service: api, key: A, secret: b } ] }", "KeyConflict", "secrets.a.uses[0]")]
    [InlineData("{ random: {}, uses: [ { file: a, in: \"https://x\" } ] }", "BadValue", "secrets.a.uses[0].in")]
    [InlineData("{ postgres: { database: main, logins: [ a ] }, uses: [ { file: a, in: \"user={login}\" } ] }", "BadValue", "secrets.a.uses[0].in")]
    [InlineData("{ postgres: { database: main, logins: [ a ] }, uses: [ { file: a, in: \"{login}\" } ] }", "MissingKey", "secrets.a.uses")]
    [InlineData("{ random: {}, uses: [ { file: a }, { file: b, in: \"{login}\" } ] }", "KeyConflict", "secrets.a.uses")]
    [InlineData("{ random: { alphabet: aaaa }, uses: [ { file: a } ] }", "BadValue", "secrets.a.random.alphabet")]
    [InlineData("{ random: { length: 10 }, uses: [ { file: a } ] }", "WeakSecret", "secrets.a.random")]
    [InlineData("{ postgres: { database: mian, logins: [ a ] }, uses: [ { file: a } ] }", "UnknownName", "secrets.a.postgres.database")]
    [InlineData("{ postgres: { database: main, logins: [ a, b ] }, uses: [ { file: a } ] }", "MissingKey", "secrets.a.postgres.owner")]
    [InlineData("{ value: { proof: http }, uses: [ { file: a } ] }", "MissingKey", "secrets.a.value.url")]
    [InlineData("{ jwt: { lifetime: 1h }, overlap: 30m, uses: [ { file: a, key: A, previous: B } ] }", "BadValue", "secrets.a.overlap")]
    [InlineData("{ jwt: { lifetime: 1h }, uses: [ { file: a, key: A, previous: A } ] }", "KeyConflict", "secrets.a.uses[0].previous")]
    [InlineData("{ random: {}, uses: [ { file: a, key: A, previous: B } ] }", "KeyConflict", "secrets.a.uses[0].previous")]
    [InlineData("{ random: {}, uses: [ { file: a, key: A, form: list } ] }", "KeyConflict", "secrets.a.uses[0].form")]
    [InlineData("{ apiKey: {}, uses: [ { file: a } ] }", "MissingKey", "secrets.a.apiKey")]
    [InlineData("{ apiKey: { list: true }, uses: [ { file: a } ] }", "MissingKey", "secrets.a.uses")]
    [InlineData("{ apiKey: { http: { url: 'https://x/keys', revoke: 'https://x/keys', token: 'env:T' } } }", "BadValue", "secrets.a.apiKey.http.revoke")]
    [InlineData("{ apiKey: { command: { service: api, create: [ keys, add ], list: [ keys ], revoke: [ keys, rm, '{id}' ] } } }", "BadValue", "secrets.a.apiKey.command.create")]
    [InlineData("{ apiKey: { table: { database: mian, name: k, hash: h, revoked: { column: r, value: true } } } }", "UnknownName", "secrets.a.apiKey.table.database")]
    [InlineData("{ apiKey: { list: true, prefix: sk_live_, usage: { services: [ api ], text: 'k={prefix}' } }, uses: [ { file: a, key: A, form: list } ] }", "BadValue", "secrets.a.apiKey.usage.text")]
    [InlineData("{ apiKey: { list: true, usage: { services: [ api ], text: used } }, uses: [ { file: a, key: A, form: list } ] }", "BadValue", "secrets.a.apiKey.usage.text")]
    [InlineData("{ apiKey: { list: true, usage: { services: [ api ], text: 'k={id}' } }, uses: [ { file: a, key: A, form: list } ] }", "BadValue", "secrets.a.apiKey.usage.text")]
    [InlineData("{ apiKey: { list: true, usage: { services: [ api ], text: 'k={name}' } }, uses: [ { file: a, key: A, form: list } ] }", "BadValue", "secrets.a.apiKey.usage.text")]
    public void What_is_wrong_is_said_with_its_place(string entry, string code, string path)
    {
        EnvironmentLoad load = Load($"environment: web\ndatabases: {{ main: {{ host: 127.0.0.1, name: shop, user: postgres }} }}\ncaches: {{ main: {{ host: 127.0.0.1 }} }}\nsecrets: {{ a: {entry} }}\n");

        Assert.Contains(load.Findings, f => f.Code == code && f.Path == path);
        Assert.Equal(code == "WeakSecret", load.Environment is not null);
    }

    private EnvironmentLoad Load(string text)
    {
        File.WriteAllText(_folder["ops.yaml"], text);
        return EnvironmentLoader.Load(_folder["ops.yaml"]);
    }
}
