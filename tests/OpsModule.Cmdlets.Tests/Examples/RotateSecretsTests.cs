using System.Text;
using System.Text.Json.Nodes;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Postgres.Layout;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;

namespace OpsModule.Cmdlets.Tests.Examples;

/// <summary>examples/rotate-secrets.ps1 on its own project, and on a cluster.</summary>
[Collection(DockerCollection.Name)]
public sealed class RotateSecretsTests
{
    private static readonly string[] All = ["db", "db-admin", "redis", "api-keys", "admin-keys", "jwt", "grafana", "sentry"],
        Keys = ["POSTGRES_PASSWORD", "DATABASE_URL", "REDIS_URL", "API_KEYS", "ADMIN_KEYS", "JWT_SECRET", "GRAFANA_ADMIN_PASSWORD", "NEXT_PUBLIC_SENTRY_DSN"];

    [Fact]
    public async Task A_whole_schedule_of_secrets_is_rotated_with_one_replacement_and_the_old_values_are_refused()
    {
        await using var project = new RotateProject();
        await project.StartAsync();
        RotationLayout layout = Assert.IsType<RotationLayout>(Assert.Single(PwshRun.Of("Initialize-OpsSecretRotation main -Login app -Confirm:$false -WarningAction Ignore", project.Folder).Objects));
        Assert.Equal(["app", "app_b"], layout.Logins);
        string before = project.Read(".env");
        string[] db = await project.ContainersAsync("db"), redis = await project.ContainersAsync("redis"), grafana = await project.ContainersAsync("grafana");

        (int code, string said) = await project.RunAsync($"-Name {string.Join(',', All)} -Reason 'first time'");

        Assert.True(code == 0, said);
        string after = project.Read(".env");
        // Every line has another value, and is else as it was.
        Assert.Equal(Without(before), Without(after));
        string[] old = [DockerFixture.Password, RotateProject.DbFirst, RotateProject.RedisFirst, RotateProject.GrafanaFirst, "api-keys-first", "admin-keys-first", "jwt-first", "aaaa1111"];
        Assert.All(old, value => Assert.DoesNotContain(value, after));

        string url = project.Value("DATABASE_URL"), fresh = url.Split(':')[2].Split('@')[0];
        Assert.StartsWith("postgres://app_b:", url);
        Assert.Equal((null, "28P01"), (await project.LogInAsync("app_b", fresh), await project.LogInAsync("app", RotateProject.DbFirst)));
        Assert.Equal((null, "28P01"), (await project.LogInAsync("postgres", project.Value("POSTGRES_PASSWORD")), await project.LogInAsync("postgres", DockerFixture.Password)));
        Assert.StartsWith("+OK", await project.AskRedisAsync("app", project.Value("REDIS_URL").Split(':')[2].Split('@')[0]));
        Assert.StartsWith("-WRONGPASS", await project.AskRedisAsync("app", RotateProject.RedisFirst));
        Assert.Equal(project.Value("GRAFANA_ADMIN_PASSWORD"), project.Grafana.Password);
        Assert.Matches("^[0-9a-f]{64}$", project.Value("API_KEYS"));
        Assert.Matches("^[A-Za-z0-9_-]{86}$", project.Value("JWT_SECRET"));
        string dsn = project.Value("NEXT_PUBLIC_SENTRY_DSN");
        Assert.Equal((false, true), (project.Sentry.Keys["aaaa1111"].IsActive, project.Sentry.Keys[dsn.Split("//")[1].Split('@')[0]].IsActive));

        // One replacement for all that a service reads; servers that are told otherwise run on.
        Assert.Equal((2, 2), (project.RevisionsOf("api"), project.RevisionsOf("storefront")));
        Assert.Equal(db, await project.ContainersAsync("db"));
        Assert.Equal(redis, await project.ContainersAsync("redis"));
        Assert.Equal(grafana, await project.ContainersAsync("grafana"));
        string api = await project.VariablesAsync("api");
        Assert.All(new[] { "DATABASE_URL", "REDIS_URL", "API_KEYS", "ADMIN_KEYS", "JWT_SECRET" }, key => Assert.Contains($"{key}={project.Value(key)}\n", api));
        Assert.Contains($"NEXT_PUBLIC_SENTRY_DSN={dsn}\n", await project.VariablesAsync("storefront"));
        Assert.All([.. old, fresh, project.Value("JWT_SECRET"), project.Value("API_KEYS")], value => Assert.DoesNotContain(value, said));

        // Nothing is due; what others make is proven before it replaces the old one, and waits for them afterwards.
        (code, said) = await project.RunAsync("");
        Assert.True(code == 0, said);
        Assert.Equal(after, project.Read(".env"));
        (code, said) = await project.RunAsync("-Name s3 -Value (ConvertTo-SecureString 'test:second:not-the-key' -AsPlainText)");
        Assert.True(code == 1 && said.Contains("not accepted"), said);
        Assert.Equal(after, project.Read(".env"));
        (code, said) = await project.RunAsync($"-Name s3 -Value (ConvertTo-SecureString '{SwiftFixture.SecondAccess}:{SwiftFixture.SecondKey}' -AsPlainText)");
        Assert.True(code == 0, said);
        SecretRecord waits = Assert.IsType<SecretRecord>(Assert.Single(PwshRun.Of("Get-OpsSecret s3", project.Folder).Objects));
        Assert.Equal(SecretStatus.Waiting, waits.Status);
        Assert.Contains("Complete-OpsSecretRotation s3", waits.Message);
        Assert.Equal($"{SwiftFixture.SecondAccess}:{SwiftFixture.SecondKey}", project.Value("S3_KEYS"));
        Assert.Equal(3, project.RevisionsOf("api"));
    }

    [Fact]
    public async Task A_key_of_a_Secret_of_Kubernetes_is_written_and_its_readers_restarted()
    {
        using var lab = new KubeLab();
        File.WriteAllText(Path.Combine(lab.Folder, "ops.yaml"), File.ReadAllText(Path.Combine(RotateProject.Root, "examples", "rotate-secrets", "cluster.yaml"))
            .Replace("kubernetes: { context: prod, namespace: audit }", lab.PlatformSection.Trim()["platform: { ".Length..^2]));
        lab.Store.Add("secrets", KubeSamples.Thing("Secret", "v1", "audit-secrets").With(s =>
        {
            s.Remove("spec");
            s["type"] = "Opaque";
            s["data"] = new JsonObject { ["jwt-secret"] = Encoded("first-jwt-secret"), ["other"] = Encoded("stays") };
        }));
        await lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2).With(w => w["spec"]!["template"]!["spec"]!["containers"]![0]!["env"] = new JsonArray(new JsonObject
        {
            ["name"] = "JWT_SECRET", ["valueFrom"] = new JsonObject { ["secretKeyRef"] = new JsonObject { ["name"] = "audit-secrets", ["key"] = "jwt-secret" } },
        })));
        await lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "other", 1));
        string[] before = [.. (await lab.FindAsync("api")).Instances.Select(i => i.Name)], others = [.. (await lab.FindAsync("other")).Instances.Select(i => i.Name)];

        PwshRun run = PwshRun.Of($"& '{RotateProject.Root}/examples/rotate-secrets.ps1' -Environment ops.yaml -Name jwt", lab.Folder);

        Assert.Empty(run.ErrorRecords);
        RotationResult result = Assert.Single(run.Objects.OfType<RotationResult>());
        // What a Pod has of a Secret nobody sees from outside.
        Assert.Equal((RotationOutcome.NotProven, "api"), (result.Outcome, Assert.Single(result.Services)));
        JsonObject data = lab.Store.Find("secrets", "audit-secrets")!["data"]!.AsObject();
        Assert.Equal("stays", Decoded(data, "other"));
        Assert.Matches("^[A-Za-z0-9_-]{43}$", Decoded(data, "jwt-secret"));
        Assert.Empty((await lab.FindAsync("api")).Instances.Select(i => i.Name).Intersect(before));
        Assert.Equal(others, (await lab.FindAsync("other")).Instances.Select(i => i.Name));
        Assert.DoesNotContain(lab.Api.Requests, r => r.Contains(Decoded(data, "jwt-secret"), StringComparison.Ordinal));
    }

    /// <summary>The file with the values taken out: whatever is around them stays.</summary>
    private static string Without(string text) => Keys.Aggregate(text, (rest, key) => rest.Replace(RotateProject.ValueIn(text, key), "?"));

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Decoded(JsonObject data, string key) => Encoding.UTF8.GetString(Convert.FromBase64String((string)data[key]!));
}
