using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
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
    [InlineData("Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority", "ClusterUnreachable")]
    [InlineData("Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)", "ClusterTimedOut")]
    [InlineData("error: unknown flag: --what", "KubectlFailed")]
    [InlineData("", "KubectlFailed")]
    public void What_kubectl_says_tells_the_kind(string said, string errorId)
    {
        OpsException error = KubectlErrors.Of(said, new PlatformOptions { Kind = PlatformKind.Kubernetes, Context = "prod" });
        Assert.Equal(errorId, error.ErrorId);
        Assert.DoesNotContain("memcache", error.Message);
        Assert.DoesNotContain("..", error.Message);
    }

    private static Task<OpsException> FailAsync(IServicePlatform platform) => Assert.ThrowsAsync<OpsException>(() => platform.ListAsync(null, default));
}
