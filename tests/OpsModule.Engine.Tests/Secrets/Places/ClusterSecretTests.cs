using System.Text;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Secrets;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>Keys of Secrets of a cluster, through the real kubectl and the API server of the tests.</summary>
public sealed class ClusterSecretTests : IDisposable
{
    private readonly KubeLab _cluster = new();
    private readonly PlaceLab _lab;

    public ClusterSecretTests()
    {
        _lab = new PlaceLab(new PlatformOptions { Kind = PlatformKind.Kubernetes, Kubeconfig = _cluster.Kubeconfig, Context = "prod", Namespace = "shop" });
        Add("api-secrets", false, ("PW", "old-value"), ("B", "b"));
        Workload("api", c => c["env"] = new JsonArray(Variable("DB_PW", "api-secrets", "PW"), new JsonObject { ["name"] = "X", ["value"] = "x" }));
        Workload("all", c => c["envFrom"] = new JsonArray(new JsonObject { ["secretRef"] = new JsonObject { ["name"] = "api-secrets" } }));
        Workload("other", c => c["env"] = new JsonArray(Variable("B", "api-secrets", "B")));
    }

    public void Dispose()
    {
        _lab.Dispose();
        _cluster.Dispose();
    }

    private TextPlace Place => _lab.Open(new SecretUse { Secret = "api-secrets", Key = "PW" })[0];

    [Fact]
    public async Task A_key_is_read_and_written_and_its_readers_are_known()
    {
        Workload("files", c => c["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "s", ["mountPath"] = "/s", ["subPath"] = "PW" }), "api-secrets");
        TextPlace place = Place;
        Assert.Equal("old-value", (await place.ReadAsync(default))!.Value);
        Assert.Equal(["all", "api", "files"], place.Services.Order());
        string before = await place.IdentifyAsync(default);
        await place.CheckAsync(new SecretMaterial("new-value"), default);
        Assert.Equal(before, await place.IdentifyAsync(default));

        await _lab.WriteAsync(place, "new-väl$ue");

        Assert.NotEqual(before, await place.IdentifyAsync(default));
        Assert.Equal(("new-väl$ue", "b"), (Text("api-secrets", "PW"), Text("api-secrets", "B")));
        Assert.DoesNotContain(_cluster.Api.Requests, r => r.Contains("new", StringComparison.Ordinal));
        var secrets = new NamespaceSecrets(_lab.Context.Environment.Platform, _lab.Reporter);
        Assert.DoesNotContain(await secrets.MentionsAsync(default), m => m.Refreshes);
    }

    [Fact]
    public async Task What_others_changed_meanwhile_is_not_written_over()
    {
        var secrets = new NamespaceSecrets(_lab.Context.Environment.Platform, _lab.Reporter);
        ClusterSecret seen = (await secrets.FindAsync("api-secrets", default))!;
        _cluster.Store.Change("secrets", "api-secrets", s => s["data"]!["B"] = "eA==");
        OpsException moved = await Assert.ThrowsAsync<OpsException>(() => secrets.WriteAsync(Fixtures.TestScope.Instance, seen, "PW", "n"u8.ToArray(), default));
        Assert.Equal("ClusterSecretMoved", moved.ErrorId);
        Assert.Equal("old-value", Text("api-secrets", "PW"));
    }

    [Theory]
    [InlineData("ownerReferences", "ExternalSecret", "ExternalSecret shop", "the ExternalSecret that it is made of")]
    [InlineData("labels", "app.kubernetes.io/managed-by", "Helm", "what it is made of")]
    [InlineData("labels", "reconcile.external-secrets.io/managed", "External Secrets", "ExternalSecret reads")]
    [InlineData("annotations", "meta.helm.sh/release-name", "Helm", "helm upgrade")]
    public async Task One_that_a_controller_keeps_is_not_written(string kind, string key, string who, string remedy)
    {
        _cluster.Store.Change("secrets", "api-secrets", s => s["metadata"]![kind] = kind == "ownerReferences"
            ? new JsonArray(new JsonObject { ["apiVersion"] = "v1", ["kind"] = key, ["name"] = "shop", ["uid"] = "1", ["controller"] = true })
            : new JsonObject { [key] = "Helm" });
        TextPlace place = Place;
        Assert.Equal("old-value", (await place.ReadAsync(default))!.Value);
        foreach (Func<Task> asked in (Func<Task>[])[() => place.CheckAsync(new SecretMaterial("new-value"), default), () => _lab.WriteAsync(place, "new-value")])
        {
            OpsException kept = await Assert.ThrowsAsync<OpsException>(asked);
            Assert.Equal("ClusterSecretKept", kept.ErrorId);
            Assert.Contains(who, kept.Message);
            Assert.Contains(remedy, kept.RecommendedAction);
        }
        Assert.Equal("old-value", Text("api-secrets", "PW"));
    }

    [Fact]
    public async Task An_immutable_one_is_followed_by_another_that_workloads_are_told()
    {
        _cluster.Store.Remove("secrets", "api-secrets");
        Add("api-secrets", true, ("PW", "old-value"), ("B", "b"));

        Assert.Equal(["all", "api", "other"], Place.Services.Order());
        Assert.DoesNotContain(Place.Readers, r => r is { Service: "other", Variable: not null });

        await _lab.WriteAsync(Place, "new-value");

        string made = Assert.Single(_cluster.Store.List("secrets"), s => (string)s["metadata"]!["name"]! != "api-secrets")["metadata"]!["name"]!.ToString();
        Assert.Equal(("new-value", "b", "old-value"), (Text(made, "PW"), Text(made, "B"), Text("api-secrets", "PW")));
        JsonNode Container(string name) => _cluster.Store.Find("deployments", name)!["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Equal(made, (string?)Container("api")["env"]![0]!["valueFrom"]!["secretKeyRef"]!["name"]);
        Assert.Equal("x", (string?)Container("api")["env"]![1]!["value"]);
        Assert.Equal(made, (string?)Container("all")["envFrom"]![0]!["secretRef"]!["name"]);
        Assert.Equal("new-value", (await Place.ReadAsync(default))!.Value);

        // Taken back, the one that was there before serves again, and none is made.
        await _lab.WriteAsync(Place, "old-value");
        Assert.Equal(2, _cluster.Store.List("secrets").Count);
        Assert.Equal("api-secrets", (string?)Container("api")["env"]![0]!["valueFrom"]!["secretKeyRef"]!["name"]);
        Assert.Equal("old-value", (await Place.ReadAsync(default))!.Value);
    }

    [Fact]
    public async Task Workloads_that_a_killed_run_had_not_told_of_the_successor_are_told_by_the_next()
    {
        _cluster.Store.Remove("secrets", "api-secrets");
        Add("api-secrets", true, ("PW", "old-value"), ("B", "b"));
        await _lab.WriteAsync(Place, "new-value");
        string made = Assert.Single(_cluster.Store.List("secrets"), s => (string)s["metadata"]!["name"]! != "api-secrets")["metadata"]!["name"]!.ToString();
        JsonNode Container(string name) => _cluster.Store.Find("deployments", name)!["spec"]!["template"]!["spec"]!["containers"]![0]!;
        // As it was between the two.
        Container("all")["envFrom"]![0]!["secretRef"]!["name"] = "api-secrets";

        await _lab.WriteAsync(Place, "new-value");

        Assert.Equal(made, (string?)Container("all")["envFrom"]![0]!["secretRef"]!["name"]);
        Assert.Equal(made, (string?)Container("api")["env"]![0]!["valueFrom"]!["secretKeyRef"]!["name"]);
        Assert.Equal(2, _cluster.Store.List("secrets").Count);
    }

    [Fact]
    public async Task The_value_is_found_elsewhere_in_the_namespace()
    {
        Add("copy", false, ("URL", "postgres://app:old-value@db"));
        Workload("plain", c => c["env"] = new JsonArray(new JsonObject { ["name"] = "PW", ["value"] = "old-value" }));
        JsonObject map = KubeSamples.Thing("ConfigMap", "v1", "settings");
        map["data"] = new JsonObject { ["ini"] = "pw = old-value" };
        _cluster.Store.Add("configmaps", map);
        SecretEntry entry = PlaceLab.Entry(SecretKind.Random, new SecretUse { Secret = "api-secrets", Key = "PW" });

        IReadOnlyList<SecretUseRecord> found = await new SecretUseFinder(_lab.Context).FindAsync(entry, new SecretMaterial("old-value"), default);

        Assert.Equal(["ConfigMap settings#ini False", "Secret api-secrets#PW True", "Secret copy#URL False", "specification of plain#PW False"],
            found.Select(f => $"{f} {f.IsDeclared}").Order(StringComparer.Ordinal));
        Assert.Equal("SecretUsedElsewhere", (await Assert.ThrowsAsync<OpsException>(() =>
            PlaceGuards.LookAsync(_lab.Context, entry, new SecretMaterial("old-value"), default))).ErrorId);
    }

    private static JsonObject Variable(string name, string secret, string key) => new()
    {
        ["name"] = name, ["valueFrom"] = new JsonObject { ["secretKeyRef"] = new JsonObject { ["name"] = secret, ["key"] = key } },
    };

    private string Text(string name, string key) =>
        Encoding.UTF8.GetString(Convert.FromBase64String((string)_cluster.Store.Find("secrets", name)!["data"]![key]!));

    private void Add(string name, bool immutable, params (string Key, string Value)[] data)
    {
        JsonObject secret = KubeSamples.Thing("Secret", "v1", name);
        secret.Remove("spec");
        secret.Remove("status");
        secret["type"] = "Opaque";
        if (immutable) secret["immutable"] = true;
        secret["data"] = new JsonObject(data.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)Convert.ToBase64String(Encoding.UTF8.GetBytes(d.Value)))));
        _cluster.Store.Add("secrets", secret);
    }

    private void Workload(string name, Action<JsonObject> change, string? volume = null)
    {
        JsonObject workload = KubeSamples.Workload("Deployment", name);
        change(workload["spec"]!["template"]!["spec"]!["containers"]![0]!.AsObject());
        if (volume is not null)
            workload["spec"]!["template"]!["spec"]!["volumes"] = new JsonArray(new JsonObject { ["name"] = "s", ["secret"] = new JsonObject { ["secretName"] = volume } });
        _cluster.Store.Add("deployments", workload);
    }
}
