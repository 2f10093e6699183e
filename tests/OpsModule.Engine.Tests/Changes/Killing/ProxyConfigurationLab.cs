using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies.Changing;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>An nginx's configuration, which nginx itself tests.</summary>
internal sealed class ProxyConfigurationLab : KilledLab
{
    private readonly TempFolder _folder = new();

    public override string Folder => _folder.Path;

    private string Main => _folder["nginx.conf"];

    private string Upstream => _folder["upstreams/api.conf"];

    public override Task PrepareAsync()
    {
        Directory.CreateDirectory(_folder["upstreams"]);
        File.Delete(Upstream);
        _folder.Write("ops.yaml", $$"""
            environment: lab
            proxies:
              edge: { nginx: { upstreams: {{_folder["upstreams"]}}, configuration: {{Main}}, logs: {{Folder}} } }
            """);
        _folder.Write("nginx.conf", $"pid {_folder["pid"]};\nerror_log {_folder["error.log"]};\nevents {{}}\nhttp {{\n    access_log off;\n"
            + "    server { listen 127.0.0.1:1; location / { proxy_pass http://api:4000; } }\n}\n");
        return Task.CompletedTask;
    }

    public override async Task<ChangePlan> PlanAsync() => (await new ProxyConfigurationPlanner(Context).PlanAsync(
        new ProxyConfigurationRequest("edge", "api") { Files = [Main], Servers = ["127.0.0.1:4000"] }, default))!;

    public override Task<string> LookAsync() => Task.FromResult(
        $"{(File.ReadAllText(Main).Contains("http://api;") ? "passes to the upstream" : "passes to a name")}, "
            + $"{(File.Exists(Upstream) ? "upstream" : "no upstream")}");
}
