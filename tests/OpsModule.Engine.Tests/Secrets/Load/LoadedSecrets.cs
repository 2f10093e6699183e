using System.Net.Http.Headers;
using OpsModule.Connections.Redis;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets.Postgres;
using OpsModule.Engine.Tests.Secrets.Values;

namespace OpsModule.Engine.Tests.Secrets.Load;

/// <summary>The kinds of secrets under load, each made anew with what it needs.</summary>
internal sealed class LoadedSecrets(PostgresFixture postgres, RedisFixture redis)
{
    /// <summary>The password of the user <c>admin</c> of each Redis.</summary>
    public const string Admin = "admin-secret-7Qw";

    private const string First = LoadedSecret.First, Logged = "save \"\"\nloglevel debug\nlogfile server.log";

    private static readonly HttpClient s_http = new();
    private static int s_number;

    private readonly RedisFixture _redis = redis;

    /// <summary>Those whose server can be killed.</summary>
    public static readonly string[] OfServers = ["postgres two", "postgres one", "redis user", "redis server"];

    /// <summary>All.</summary>
    public static readonly string[] All = [.. OfServers, "sentry", "value", "grafana", "random"];

    /// <summary>Makes one.</summary>
    public Task<LoadedSecret> OpenAsync(string kind) => kind switch
    {
        "postgres two" => PostgresAsync(two: true),
        "postgres one" => PostgresAsync(two: false),
        "redis user" => RedisUserAsync(),
        "redis server" => RedisServerAsync(),
        "sentry" => Task.FromResult(Sentry()),
        "value" => Task.FromResult(Value()),
        "grafana" => Task.FromResult(Grafana()),
        "random" => Task.FromResult(Random()),
        _ => throw new ArgumentException(kind),
    };

    private async Task<LoadedSecret> PostgresAsync(bool two)
    {
        string database = (await postgres.CreateDatabaseAsync()).Database, owner = "own_" + database, a = owner + "_a", b = owner + "_b";
        await postgres.ExecuteAsync(database, $"CREATE ROLE {a} LOGIN PASSWORD '{First}'");
        if (two) await postgres.ExecuteAsync(database, $"""
            CREATE ROLE {owner} NOLOGIN; CREATE ROLE {b} LOGIN; GRANT {owner} TO {a}, {b};
            ALTER ROLE {a} IN DATABASE {database} SET role = {owner}; ALTER ROLE {b} IN DATABASE {database} SET role = {owner}
            """);
        return new LoadedSecret($$"""
            databases: { main: { host: 127.0.0.1, port: {{postgres.Port}}, name: {{database}}, user: postgres, password: {{PostgresFixture.Password}} } }
            secrets: { app: { postgres: { database: main, logins: [ {{(two ? $"{a}, {b} ], owner: {owner}" : $"{a} ]")}} }, uses: [ { file: app.env, key: URL, in: "postgres://{login}:{value}@db/shop" } ] } }
            """, $"URL=postgres://{a}:{First}@db/shop")
        {
            // Of one login, a server does not tell with which password a session began.
            Overlaps = two, Ends = two ? RotationOutcome.Done : RotationOutcome.NotProven,
            LogIn = PostgresClient.At("127.0.0.1", postgres.Port, database), Kill = postgres.KillAsync, Start = postgres.StartAsync,
        };
    }

    /// <summary>A user at a primary and its replica; clients go to both.</summary>
    private async Task<LoadedSecret> RedisUserAsync()
    {
        string name = $"load{Interlocked.Increment(ref s_number)}";
        string users = $"user default off\nuser admin on >{Admin} ~* &* +@all\nuser app on >{First} ~* &* +@all -@admin +psync +replconf";
        int primary = await _redis.StartAsync(name, $"{Logged}\n{users}\nrepl-diskless-sync-delay 0");
        int replica = await _redis.StartAsync(name + "r", $"save \"\"\n{users}\nreplicaof 127.0.0.1 {primary}\nmasteruser app\nmasterauth {First}\nrepl-diskless-sync-delay 0");
        // A replica that the primary does not know yet is no part of a rotation.
        await Until.TrueAsync(() => IsLinkedAsync(primary));
        return new LoadedSecret(Redis(primary, "admin", Admin, ", user: app"), "REDIS=" + First)
        {
            Overlaps = true, LogIn = RedisClient.At("app", primary, replica),
            Log = LogOf(name), Kill = () => _redis.KillAsync(primary), Start = () => _redis.StartAgainAsync(primary),
        };
    }

    private static async Task<bool> IsLinkedAsync(int primary)
    {
        var options = new RedisOptions { Name = "main", Host = "127.0.0.1", Port = primary, User = "admin", Password = SecretReference.Literal(Admin) };
        using RedisConnection connection = await new RedisServer(options).ConnectAsync(default);
        return (await connection.InfoAsync(default)).GetValueOrDefault("slave0", "").Contains("state=online", StringComparison.Ordinal);
    }

    private async Task<LoadedSecret> RedisServerAsync()
    {
        string name = $"load{Interlocked.Increment(ref s_number)}";
        int port = await _redis.StartAsync(name, $"{Logged}\nrequirepass {First}\nuser admin on >{Admin} ~* &* +@all");
        // The login of the environment file is the secret itself.
        return new LoadedSecret(Redis(port, "default", "\"file:app.env#REDIS\"", ""), "REDIS=" + First)
        {
            Overlaps = false, LogIn = RedisClient.At("default", port),
            Log = LogOf(name), Kill = () => _redis.KillAsync(port), Start = () => _redis.StartAgainAsync(port),
        };
    }

    private string LogOf(string name) => Path.Combine(Path.GetDirectoryName(_redis.FileOf(name))!, name, "server.log");

    private static string Redis(int port, string user, string password, string of) => $$"""
        caches: { main: { host: 127.0.0.1, port: {{port}}, user: {{user}}, password: {{password}} } }
        secrets: { app: { redis: { cache: main{{of}} }, uses: [ { file: app.env, key: REDIS } ] } }
        """;

    private static LoadedSecret Sentry()
    {
        var server = new SentryServer();
        return new LoadedSecret($$"""
            secrets: { app: { sentry: { org: acme, project: shop, token: {{SentryServer.Token}}, url: "{{server.Url}}" }, uses: [ { file: app.env, key: DSN } ] } }
            """, "DSN=" + server.Dsn("aaaa1111"))
        {
            Overlaps = true, Ends = RotationOutcome.NotProven, Server = server,
            LogIn = async c =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, server.Url + "/api/42/envelope/") { Content = new StringContent("{}\n") };
                request.Headers.TryAddWithoutValidation("X-Sentry-Auth", "Sentry sentry_key=" + new Uri(c.Value).UserInfo);
                return await AnswerAsync(request);
            },
        };
    }

    private static LoadedSecret Value()
    {
        var server = new TokenServer();
        server.Tokens[First] = true;
        return new LoadedSecret($$"""
            secrets: { app: { value: { proof: http, url: "{{server.Url}}/me", header: "Authorization: Bearer {value}" }, uses: [ { file: app.env, key: TOKEN } ] } }
            """, "TOKEN=" + First)
        {
            Overlaps = true, Ends = RotationOutcome.NotProven, Server = server, Disable = old => server.Tokens.TryRemove(old, out _),
            Make = () =>
            {
                string made = $"made-elsewhere-{Interlocked.Increment(ref s_number)}";
                server.Tokens[made] = true;
                return made;
            },
            LogIn = async c =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, server.Url + "/me");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", c.Value);
                return await AnswerAsync(request);
            },
        };
    }

    private static LoadedSecret Grafana()
    {
        var server = new GrafanaServer(First);
        return new LoadedSecret($$"""
            secrets: { app: { value: { proof: grafana, url: "{{server.Url}}/grafana" }, uses: [ { file: app.env, key: ADMIN } ] } }
            """, "ADMIN=" + First)
        {
            Overlaps = false, Ends = RotationOutcome.NotProven, Server = server, Make = () => $"made-elsewhere-{Interlocked.Increment(ref s_number)}",
            LogIn = async c =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, server.Url + "/grafana/api/org");
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("admin:" + c.Value)));
                return await AnswerAsync(request);
            },
        };
    }

    /// <summary>Nobody but its readers knows it: each of them has to find a whole value whenever it looks.</summary>
    private static LoadedSecret Random() => new("secrets: { app: { random: { length: 24 }, uses: [ { file: app.env, key: SESSION } ] } }", "SESSION=" + First)
    {
        Overlaps = true, LogIn = c => Task.FromResult(c.Value == First || c.Value.Length == 24 ? null : $"read '{c.Value}'"),
    };

    private static async Task<string?> AnswerAsync(HttpRequestMessage request)
    {
        using HttpResponseMessage answer = await s_http.SendAsync(request);
        return answer.IsSuccessStatusCode ? null : ((int)answer.StatusCode).ToString();
    }
}
