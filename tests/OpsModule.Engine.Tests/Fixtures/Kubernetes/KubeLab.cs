using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>An API server of its own for one test, a kubeconfig that leads to it, and an environment on it.</summary>
public sealed class KubeLab : IDisposable
{
    public KubeLab()
    {
        Api.Store.Add("namespaces", KubeSamples.Thing("Namespace", "v1", "shop"));
        Folder = Directory.CreateTempSubdirectory("ops-kube-").FullName;
        Kubeconfig = Path.Combine(Folder, "kubeconfig");
        WriteKubeconfig(Api.Port);
    }

    public KubeApi Api { get; } = new();

    public string Folder { get; }

    public string Kubeconfig { get; }

    public RecordingReporter Reporter { get; } = new();

    public KubeStore Store => Api.Store;

    /// <summary>The <c>platform:</c> section that leads here.</summary>
    public string PlatformSection => $"platform: {{ kubernetes: {{ kubeconfig: {Kubeconfig}, context: prod, namespace: shop }} }}\n";

    public void WriteKubeconfig(int port) => File.WriteAllText(Kubeconfig, $$"""
        apiVersion: v1
        kind: Config
        current-context: prod
        clusters:
        - { name: c, cluster: { server: "http://127.0.0.1:{{port}}" } }
        users:
        - { name: u, user: { token: secret } }
        contexts:
        - { name: prod, context: { cluster: c, user: u, namespace: shop } }
        - { name: staging, context: { cluster: c, user: u } }
        """);

    public OpsContext Context(string? context = "prod", string? space = "shop") => OpsContextFactory.Create(new OpsEnvironment
    {
        Name = "lab", Directory = Folder, StateDirectory = Path.Combine(Folder, ".ops"),
        Platform = new PlatformOptions { Kind = PlatformKind.Kubernetes, Kubeconfig = Kubeconfig, Context = context, Namespace = space },
    }, Reporter);

    public IServicePlatform Open(string? context = "prod", string? space = "shop") => ServicePlatforms.Open(Context(context, space));

    public async Task<ServiceRecord> FindAsync(string service) => (await Open().ListAsync([service], default)).Single();

    /// <summary>Looks at a service until it is as expected; the test's own time limit is the runner's.</summary>
    public async Task<ServiceRecord> UntilAsync(string service, Func<ServiceRecord, bool> asExpected)
    {
        while (true)
        {
            ServiceRecord found = await FindAsync(service);
            if (asExpected(found)) return found;
            await Task.Delay(50);
        }
    }

    public async Task<string> LogAsync(ServiceInstance instance, LogRequest request, CancellationToken ct = default)
    {
        var text = new MemoryStream();
        await Open().ReadLogAsync(instance, request, (_, bytes) =>
        {
            text.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }, ct);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Runs a program in an instance; what it said comes back whole.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> ExecAsync(ServiceInstance instance, ExecuteRequest request)
    {
        var said = new Dictionary<bool, MemoryStream> { [false] = new(), [true] = new() };
        int code = await Open().ExecuteAsync(instance, request, (error, bytes) =>
        {
            said[error].Write(bytes.Span);
            return ValueTask.CompletedTask;
        }, default);
        return (code, Encoding.UTF8.GetString(said[false].ToArray()), Encoding.UTF8.GetString(said[true].ToArray()));
    }

    public void Dispose()
    {
        Api.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
