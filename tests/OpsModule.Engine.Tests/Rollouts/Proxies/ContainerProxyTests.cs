using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Proxies;

/// <summary>An nginx that runs as a service of the project: its files and programs are reached through the engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class ContainerProxyTests
{
    private const string Api = ProxyLab.Service;

    [Fact]
    public async Task It_is_configured_and_told_and_proven_inside_of_its_container()
    {
        await NginxImage.MakeAsync();
        string first = await HttpServiceImage.MakeAsync("1"), second = await HttpServiceImage.MakeAsync("2", shell: false);
        using var lab = new ServiceLab("services:\n  api: { image: one }\n  nginx: { image: two }\n");
        OpsContext context = lab.Context with { Environment = Named(lab.Context.Environment) };
        string nginx = Path.Combine(lab.Folder, "nginx"), main = Path.Combine(nginx, "nginx.conf");
        Directory.CreateDirectory(Path.Combine(nginx, "upstreams"));
        await File.WriteAllTextAsync(main, """
            user root;
            daemon off;
            pid /tmp/nginx.pid;
            events {}
            http {
                access_log /tmp/access.log;
                client_body_temp_path /tmp/body;
                server { listen 8080; location / { proxy_pass http://127.0.0.1:9; } }
            }
            """);
        (string oldId, string freshId) = (await RunAsync(lab.Project, Api, first), await RunAsync(lab.Project, Api, second));
        await RunAsync(lab.Project, "nginx", NginxImage.Name, "-v", $"{nginx}:/shop", NginxImage.Name, "nginx", "-c", "/shop/nginx.conf");
        ServiceInstance[] instances = [.. (await lab.UntilAsync(Api, s => s.Instances.Count == 2 && s.Instances.All(i => i.IsReady)))
            .Instances];
        var old = new ProxyServer(instances.Single(i => i.Id == oldId).Address!, HttpServiceImage.Port);
        var fresh = new ProxyServer(instances.Single(i => i.Id == freshId).Address!, HttpServiceImage.Port);
        using IServiceProxy proxy = await ProxyFactory.OpenAsync(context, "edge", default);
        Assert.Equal("nginx (service nginx)", proxy.Description);
        Assert.Equal("ProxyServiceUnknown", (await Assert.ThrowsAsync<OpsException>(() => proxy.CheckAsync(Api, default))).ErrorId);

        // The user's file names the service, as compose files do; it is written here, and our file inside.
        await File.WriteAllTextAsync(main, (await File.ReadAllTextAsync(main)).Replace("http://127.0.0.1:9", "http://api:8080"));
        ChangePlan plan = (await new ProxyConfigurationPlanner(context).PlanAsync(new ProxyConfigurationRequest("edge",
            Api) { Files = [main], Servers = [old.EndPoint] }, default))!;
        await new ChangeRunner(context).RunAsync(plan, default);
        Assert.True(File.Exists(Path.Combine(nginx, "upstreams", "api.conf")));
        await DockerFixture.DockerAsync("exec", (await lab.FindAsync("nginx")).Instances[0].Id, "nginx", "-c", "/shop/nginx.conf", "-s",
            "reload");
        await ProxyLab.UntilAsync(async () =>
        {
            try { await proxy.CheckAsync(Api, default); return true; }
            catch (OpsException) { return false; }
        }, "nginx does not take it up");

        await proxy.SetAsync(TestScope.Instance, Api, [old, fresh], default);
        ProxyProof proof = await proxy.ProveAsync(Api, fresh, TimeSpan.FromSeconds(20), default);
        Assert.True(proof.IsProven, proof.Words);
        DateTimeOffset since = DateTimeOffset.UtcNow;
        await proxy.SetAsync(TestScope.Instance, Api, [old with { Draining = true }, fresh], default);
        await ProxyLab.UntilAsync(async () => await proxy.HoldsAsync(Api, old, default) is null, "old workers stay");
        string address = (await lab.FindAsync("nginx")).Instances[0].Address!;
        using HttpConnection connection = await HttpConnection.OpenAsync(8080, default, address);
        Assert.Equal("2", (await connection.AskAsync(false, null, false, null, default)).Body.Split(' ')[0]);
        Assert.Equal(1, Assert.Single((await proxy.MeasureAsync(Api, since, default))!).Requests);
        Assert.Empty(Directory.GetFiles(Path.Combine(nginx, "upstreams"), ".*"));
    }

    private static OpsEnvironment Named(OpsEnvironment environment) => environment with
    {
        Sections = new Dictionary<string, object>
        {
            ["proxies"] = new ProxiesSettings
            {
                Entries = new Dictionary<string, ProxySettings>
                {
                    ["edge"] = new("edge", ProxyKind.Nginx) { Service = "nginx", Upstreams = "/shop/upstreams",
                        Configuration = "/shop/nginx.conf", Logs = "/tmp", Path = "/health" },
                },
            },
        },
    };

    private static async Task<string> RunAsync(string project, string service, string image, params string[] rest) =>
        (await DockerFixture.DockerAsync(["run", "-d", "--label", "com.docker.compose.project=" + project, "--label",
            "com.docker.compose.service=" + service,
            "--label", "com.docker.compose.oneoff=False", "--stop-timeout", "1", .. rest.Length > 0 ? rest : [image]])).Trim();
}
