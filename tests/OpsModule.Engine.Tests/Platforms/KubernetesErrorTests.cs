using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>What goes wrong between here and a cluster, said by kind.</summary>
public sealed class KubernetesErrorTests : IDisposable
{
    private readonly KubeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_context_that_does_not_exist_is_named_with_the_nearest()
    {
        OpsException error = await FailAsync(_lab.Open("stagin"));
        Assert.Equal(("ContextNotFound", OpsErrorCategory.ObjectNotFound, "Did you mean staging?"), (error.ErrorId, error.Category, error.RecommendedAction));
        Assert.Contains("prod", (await FailAsync(_lab.Open("elsewhere"))).RecommendedAction);
    }

    [Fact]
    public async Task A_namespace_that_does_not_exist_is_no_empty_one()
    {
        OpsException error = await FailAsync(_lab.Open("prod", "shp"));
        Assert.Equal(("NamespaceNotFound", "Did you mean shop?"), (error.ErrorId, error.RecommendedAction));
        Assert.Empty(await _lab.Open().ListAsync(null, default));
        Assert.Equal("NamespaceNotFound", (await FailAsync(_lab.Open("staging", null))).ErrorId);
        Assert.Empty(await _lab.Open("prod", null).ListAsync(null, default));
    }

    [Fact]
    public async Task An_unknown_service_is_named_with_the_nearest()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "worker"));
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => _lab.Open().ListAsync(["wroker"], default));
        Assert.Equal(("ServiceNotFound", "Did you mean worker?"), (error.ErrorId, error.RecommendedAction));
        Assert.Contains("namespace shop (context prod)", error.Message);
    }

    [Fact]
    public async Task What_is_forbidden_is_said_with_verb_and_resource()
    {
        _lab.Api.Forbidden["list deployments"] = true;
        OpsException error = await FailAsync(_lab.Open());
        Assert.Equal(("ClusterForbidden", OpsErrorCategory.PermissionDenied), (error.ErrorId, error.Category));
        Assert.Contains(KubeApi.User + " may not list deployments", error.Message);
        Assert.Contains("API group apps", error.RecommendedAction);
    }

    [Fact]
    public async Task A_login_that_is_refused_is_told_from_what_is_forbidden()
    {
        _lab.Api.RefusesLogins = true;
        Assert.Equal("ClusterLoginRefused", (await FailAsync(_lab.Open())).ErrorId);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unreachable_at_once()
    {
        _lab.WriteKubeconfig(1);
        OpsException error = await FailAsync(_lab.Open());
        Assert.Equal(("ClusterUnreachable", OpsErrorCategory.ResourceUnavailable), (error.ErrorId, error.Category));
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        _lab.Api.Hangs = true;
        OpsContext context = _lab.Context();
        OpsException error = await FailAsync(new KubernetesPlatform(ServicePlatforms.SetupOf(context), new Kubectl(context.Environment.Platform) { Limit = TimeSpan.FromSeconds(2) }));
        Assert.Equal(("ClusterTimedOut", OpsErrorCategory.OperationTimeout), (error.ErrorId, error.Category));
    }

    [Fact]
    public async Task Cancelling_ends_at_once()
    {
        _lab.Api.Hangs = true;
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _lab.Open().ListAsync(null, stop.Token));
    }

    [Theory]
    [InlineData("E1121 09:00:00.123456    4711 memcache.go:265] couldn't get current server API group list\nThe connection to the server a:1 was refused - did you specify the right host or port?", "ClusterUnreachable")]
    [InlineData("Unable to connect to the server: getting credentials: exec: executable cloud-login not found", "ClusterLoginFailed")]
    [InlineData("Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority", "ClusterNotTrusted")]
    [InlineData("Unable to connect to the server: x509: certificate has expired or is not yet valid: current time 2026-11-29 is after 2021-01-01", "ClusterNotTrusted")]
    [InlineData("Unable to connect to the server: x509: certificate is valid for 10.0.0.1, not 127.0.0.1", "ClusterNotTrusted")]
    [InlineData("error: failed to patch: deployments.apps \"api\" is forbidden: User \"viewer\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"shop\"", "ClusterForbidden")]
    [InlineData("error: failed to patch: Unauthorized", "ClusterLoginRefused")]
    [InlineData("error: failed to patch: Patch \"https://127.0.0.1:6443/apis/apps/v1\": dial tcp 127.0.0.1:6443: connect: connection refused", "ClusterUnreachable")]
    [InlineData("Unable to connect to the server: EOF", "ClusterUnreachable")]
    [InlineData("error: unexpected end of JSON input", "ClusterUnreachable")]
    [InlineData("Unable to connect to the server: net/http: TLS handshake timeout", "ClusterTimedOut")]
    [InlineData("Error from server: etcdserver: request timed out", "ClusterTimedOut")]
    [InlineData("Error from server: etcdserver: leader changed", "ClusterUnavailable")]
    [InlineData("Error from server (ServiceUnavailable): the server is currently unable to handle the request", "ClusterUnavailable")]
    [InlineData("Error from server: Get \"https://127.0.0.1:10250/containerLogs/shop/lone/app\": dial tcp 127.0.0.1:10250: connect: connection refused", "NodeUnreachable")]
    [InlineData("Error from server: error dialing backend: dial tcp 127.0.0.1:10250: connect: connection refused", "NodeUnreachable")]
    [InlineData("error: stat /nowhere/config: no such file or directory", "KubeconfigNotFound")]
    [InlineData("error: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable", "KubeconfigNotFound")]
    [InlineData("error: error loading config file \"/a\": yaml: line 3: mapping values are not allowed", "KubeconfigInvalid")]
    [InlineData("Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)", "ClusterTimedOut")]
    [InlineData("error: unknown flag: --what", "KubectlFailed")]
    [InlineData("", "KubectlFailed")]
    public void What_kubectl_says_tells_the_kind(string said, string errorId)
    {
        OpsException error = KubectlErrors.Of(said, new PlatformOptions { Kind = PlatformKind.Kubernetes, Context = "prod", Kubeconfig = "/nowhere/config" });
        Assert.Equal(errorId, error.ErrorId);
        Assert.DoesNotContain("memcache", error.Message);
        Assert.DoesNotContain("..", error.Message);
    }

    [Fact]
    public void What_kubectl_advises_is_no_part_of_what_went_wrong()
    {
        OpsException error = KubectlErrors.Of("""
            To learn more about this feature, consult the documentation available at:
                  https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
            Unable to connect to the server: getting credentials: exec: executable cloud-login not found

            It looks like you are trying to use a client-go credential plugin that is not installed.
            """, new PlatformOptions { Kind = PlatformKind.Kubernetes, Context = "prod" });
        Assert.Equal("The login to the cluster of the context prod failed: Unable to connect to the server: getting credentials: exec: executable cloud-login not found.", error.Message);
        Assert.EndsWith("port?", KubectlErrors.Of("The connection to the server a:1 was refused - did you specify the right host or port?", new PlatformOptions { Context = "prod" }).Message);
    }

    [Fact]
    public void Without_a_kubeconfig_it_is_said_that_there_is_none()
    {
        OpsException error = KubectlErrors.Of("The connection to the server localhost:8080 was refused - did you specify the right host or port?", new PlatformOptions { Kind = PlatformKind.Kubernetes });
        Assert.Equal("KubeconfigNotFound", error.ErrorId);
    }

    [Fact]
    public async Task A_kubeconfig_that_is_not_there_is_named()
    {
        File.Delete(_lab.Kubeconfig);
        OpsException error = await FailAsync(_lab.Open());
        Assert.Equal("KubeconfigNotFound", error.ErrorId);
        Assert.Contains(_lab.Kubeconfig, error.Message);
    }

    [Fact]
    public async Task Two_kinds_of_one_name_are_both_offered()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "cache"));
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("StatefulSet", "cache"));
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => _lab.Open().ListAsync(["cache"], default));
        Assert.Equal(("ServiceNotFound", "Did you mean deployment/cache or statefulset/cache?"), (error.ErrorId, error.RecommendedAction));
    }

    [Fact]
    public async Task What_forbids_a_restart_is_said_with_verb_and_resource()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api"));
        IServicePlatform platform = _lab.Open();
        ServiceRecord api = (await platform.ListAsync(["api"], default))[0];
        _lab.Api.Forbidden["patch deployments"] = true;
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => platform.RestartAsync(TestScope.Instance, api, null, default));
        Assert.Equal("ClusterForbidden", error.ErrorId);
        Assert.Contains("may not patch deployments", error.Message);
    }

    private static Task<OpsException> FailAsync(IServicePlatform platform) => Assert.ThrowsAsync<OpsException>(() => platform.ListAsync(null, default));
}
