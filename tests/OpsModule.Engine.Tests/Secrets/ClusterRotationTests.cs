using System.Text;
using System.Text.Json.Nodes;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Rotations of a key of a Secret of a cluster, to the end: what reads it is replaced, and nothing else is.</summary>
public sealed class ClusterRotationTests : IAsyncLifetime
{
    private const string Old = "old-value-of-the-cluster";

    private readonly KubeLab _cluster = new();

    public async Task InitializeAsync()
    {
        File.WriteAllText(Path.Combine(_cluster.Folder, "ops.yaml"), "environment: lab\n" + _cluster.PlatformSection
            + "secrets: { pw: { random: { length: 30 }, uses: [ { secret: api-secrets, key: PW } ] } }\n");
        await KeepAsync("Deployment", "api", c => c["env"] = Variable("DB_PW", "PW"));
        await KeepAsync("Deployment", "bystander", c => c["env"] = Variable("B", "B"));
        await KeepAsync("StatefulSet", "files", c => c["volumeMounts"] = new JsonArray(new JsonObject
        {
            ["name"] = "s", ["mountPath"] = "/s",
        }));
        await KeepAsync("Deployment", "resting", c => c["envFrom"] = new JsonArray(new JsonObject
        {
            ["secretRef"] = new JsonObject { ["name"] = "api-secrets" },
        }), replicas: 0);
        await KeepAsync("Deployment", "other", _ => { });
    }

    public Task DisposeAsync()
    {
        _cluster.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_reads_it_is_replaced_before_the_rotation_ends_and_nothing_else_is(bool isImmutable)
    {
        Add(isImmutable);
        string[] other = Pods("other"), api = Pods("api"), bystander = Pods("bystander");
        _cluster.Api.Controllers.IsSlowToEnd = true;
        using OpsContext context = KilledLab.ContextOf(_cluster.Folder);
        ChangePlan plan = await PlanAsync(context);
        // What takes another key of an immutable one is told the name of the next, and gets other pods by that.
        string[] touched = isImmutable ? ["service/api", "service/bystander", "service/files"] : ["service/api", "service/files"];
        Assert.Equal(["secret/pw", .. touched, "secret/pw"], plan.Parts.Select(p => p.Target));

        ChangeResult done = (await new ChangeRunner(context).RunAsync(plan, default))!;

        string now = Current();
        Assert.Equal((30, "b"), (Text(now, "PW").Length, Text(now, "B")));
        Assert.Equal(isImmutable, now != "api-secrets");
        if (isImmutable)
        {
            Assert.Equal(Old, Text("api-secrets", "PW"));
            Assert.Contains(now, _cluster.Store.Find("deployments", "resting")!.ToJsonString());
        }
        // All of them are of the newest specification by now, and nobody had to wait for it.
        Assert.Empty(api.Intersect(Pods("api")));
        Assert.Equal(2, Pods("api").Length);
        // That those from before are gone altogether nobody waits for.
        Assert.Subset(Pods("api", ending: true).ToHashSet(), api.ToHashSet());
        Assert.Equal(isImmutable ? 0 : 2, bystander.Intersect(Pods("bystander")).Count());
        Assert.Equal(2, Pods("bystander").Length);
        Assert.All(_cluster.Store.List("pods").Where(p => Name(p).StartsWith("files", StringComparison.Ordinal)), p =>
            Assert.Contains("restartedAt", _cluster.Store.Find("statefulsets", "files")!["spec"]!["template"]!.ToJsonString()));
        Assert.Equal(other, Pods("other"));
        Assert.Empty(Pods("resting"));
        RotationResult result = Assert.Single(new RotationReport(context).Of(done.Change!));
        Assert.Equal(RotationOutcome.NotProven, result.Outcome);
        Assert.Contains("what the instances of api have cannot be seen here", result.Words);
        Assert.DoesNotContain(_cluster.Api.Requests, r => r.Contains(Text(now, "PW"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rollout_that_does_not_end_keeps_the_old_value_and_is_taken_back_with_the_Secret()
    {
        Add(false);
        using OpsContext context = KilledLab.ContextOf(_cluster.Folder);
        ChangePlan plan = await PlanAsync(context);
        _cluster.Api.Controllers.IsHeld = true;
        using var stop = new CancellationTokenSource();
        var runner = new ChangeRunner(context);
        Task run = runner.RunAsync(plan, stop.Token);
        await Postgres.Until.TrueAsync(() => Task.FromResult(runner.Latest is { } whole
            && context.Journal.FindParts(whole).Any(p => p.Kind == FinishSecret.KindName && p.Steps.Count > 0)));
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        JournalEntry open = context.Journal.Find(runner.Latest!)!;
        Assert.Equal(JournalOutcome.Unfinished, open.Outcome);
        Assert.NotEqual(Old, Text("api-secrets", "PW"));
        _cluster.Api.Controllers.IsHeld = false;

        await runner.UndoAsync(open, default);

        Assert.Equal(Old, Text("api-secrets", "PW"));
        Assert.Empty(context.Journal.FindUnfinished());
    }

    private static Task<ChangePlan> PlanAsync(OpsContext context) =>
        new RotationPlanner(context).PlanAsync(["pw"], new RotationOptions(), default);

    private static string Name(JsonObject thing) => (string)thing["metadata"]!["name"]!;

    private string[] Pods(string of, bool ending = false) => [.. _cluster.Store.List("pods")
        .Where(p => p["metadata"]!["deletionTimestamp"] is not null == ending).Select(Name)
        .Where(n => n.StartsWith(of + "-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static JsonArray Variable(string name, string key) => new(new JsonObject
    {
        ["name"] = name, ["valueFrom"] = new JsonObject
        {
            ["secretKeyRef"] = new JsonObject { ["name"] = "api-secrets", ["key"] = key },
        },
    });

    /// <summary>The Secret that api reads.</summary>
    private string Current() => (string)_cluster.Store
        .Find("deployments", "api")!["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]![0]!["valueFrom"]!["secretKeyRef"]!["name"]!;

    private string Text(string name, string key) =>
        Encoding.UTF8.GetString(Convert.FromBase64String((string)_cluster.Store.Find("secrets", name)!["data"]![key]!));

    private void Add(bool isImmutable)
    {
        JsonObject secret = KubeSamples.Thing("Secret", "v1", "api-secrets");
        secret.Remove("spec");
        secret.Remove("status");
        secret["type"] = "Opaque";
        if (isImmutable) secret["immutable"] = true;
        secret["data"] = new JsonObject
        {
            ["PW"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Old)), ["B"] = Convert.ToBase64String("b"u8),
        };
        _cluster.Store.Add("secrets", secret);
    }

    private Task KeepAsync(string kind, string name, Action<JsonObject> change, int replicas = 2)
    {
        JsonObject workload = KubeSamples.Workload(kind, name, replicas);
        JsonObject pods = workload["spec"]!["template"]!["spec"]!.AsObject();
        change(pods["containers"]![0]!.AsObject());
        if (name == "files")
            pods["volumes"] = new JsonArray(new JsonObject { ["name"] = "s",
                ["secret"] = new JsonObject { ["secretName"] = "api-secrets" } });
        return _cluster.Api.Controllers.Keep(workload);
    }
}
