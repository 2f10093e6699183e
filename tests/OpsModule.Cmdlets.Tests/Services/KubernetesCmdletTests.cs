using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Nodes;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;

namespace OpsModule.Cmdlets.Tests.Services;

/// <summary>The same cmdlets on Kubernetes: the real kubectl, and an API server of this process.</summary>
public sealed class KubernetesCmdletTests : IDisposable
{
    private readonly KubeLab _lab = new();

    public KubernetesCmdletTests() => File.WriteAllText(Path.Combine(_lab.Folder, "ops.yaml"), "environment: shop\n" + _lab.PlatformSection);

    public void Dispose() => _lab.Dispose();

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _lab.Folder);

    [Fact]
    public async Task A_service_is_shown_restarted_waited_for_and_stopped()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        ServiceRecord before = Assert.Single(Run("Get-OpsService api").Objects.Cast<ServiceRecord>());
        Assert.Equal(("Deployment", ServiceState.Running, 2), (before.Kind, before.State, before.Ready));
        ServiceRecord after = Assert.Single(Run("Restart-OpsService api -PassThru | Wait-OpsService -Healthy -Timeout 2m").Objects.Cast<ServiceRecord>());
        Assert.Empty(after.Instances.Select(i => i.Name).Intersect(before.Instances.Select(i => i.Name)));
        PwshRun looked = Run("Stop-OpsService api -WhatIf; Set-OpsService api -Replicas 5 -WhatIf");
        Assert.Contains("Go from 2 replicas to 0, and remember 2 for the next start", looked.WhatIfs[0]);
        Assert.Contains("Go from 2 replicas to 5", looked.WhatIfs[1]);
        Assert.Equal(ServiceState.Stopped, Assert.Single(Run("Stop-OpsService api -PassThru").Objects.Cast<ServiceRecord>()).State);
        Assert.Equal(2, Assert.Single(Run("Start-OpsService api -PassThru | Wait-OpsService -Healthy -Timeout 2m").Objects.Cast<ServiceRecord>()).Ready);
    }

    [Fact]
    public async Task A_rollout_that_others_began_is_followed_and_what_is_stopped_is_waited_for()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        _lab.Store.Change("deployments", "api", w => w["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "example/app:2");
        PwshRun followed = Run("Wait-OpsService api -Rollout");
        Assert.Equal(("example/app:2", false), Assert.Single(followed.Objects.Cast<ServiceRecord>()) is var api ? (api.Image!, api.IsUpdating) : default);
        PwshRun stopped = Run("Stop-OpsService api -Wait -PassThru");
        Assert.Empty(Assert.Single(stopped.Objects.Cast<ServiceRecord>()).Instances);
        Assert.Equal("ServiceNotHealthy", Assert.Single(Run("Wait-OpsService api -Healthy -Timeout 1s").Errors).ErrorId);
    }

    [Fact]
    public void Nodes_are_shown_and_are_no_matter_of_services()
    {
        _lab.Store.Add("nodes", KubeSamples.Thing("Node", "v1", "node-1", []).With(n => n["status"] = new System.Text.Json.Nodes.JsonObject
        {
            ["allocatable"] = new System.Text.Json.Nodes.JsonObject { ["cpu"] = "4", ["memory"] = "8Gi", ["pods"] = "110" },
            ["conditions"] = new System.Text.Json.Nodes.JsonArray(KubeSamples.Condition("Ready", "False")),
        }));
        PwshRun shown = Run("Get-OpsResourceUsage -Node -WarningAction Ignore");
        NodeRecord node = Assert.Single(shown.Objects.Cast<NodeRecord>());
        Assert.Equal(("node-1", "NotReady", "shop"), (node.Node, node.State, node.Environment!));
        Assert.Equal("ResultBad", Assert.Single(Run("Get-OpsResourceUsage -Node -WarningAction Ignore | Assert-OpsResult").Errors).ErrorId);
        Assert.Equal("ParametersConflict", Assert.Single(Run("Get-OpsResourceUsage api -Node").Errors).ErrorId);
        File.WriteAllText(Path.Combine(_lab.Folder, "ops.yaml"), "environment: shop\nplatform: { host: {} }\n");
        Assert.Equal("PlatformUnsupported", Assert.Single(Run("Get-OpsResourceUsage -Node").Errors).ErrorId);
    }

    [Fact]
    public async Task An_autoscaler_refuses_before_anybody_is_asked()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        _lab.Store.Add("horizontalpodautoscalers", KubeSamples.Autoscaler("Deployment", "api", 2, 10, 2));
        PwshRun refused = Run("Set-OpsService api -Replicas 5 -WhatIf");
        Assert.Equal("ScaleGoverned", Assert.Single(refused.Errors).ErrorId);
        Assert.Empty(refused.WhatIfs);
    }

    [Fact]
    public async Task Programs_logs_and_events_are_those_of_the_pods()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 2));
        string[] pods = [.. (await _lab.FindAsync("api")).Instances.Select(i => i.Name)];
        DateTimeOffset now = DateTimeOffset.UtcNow;
        _lab.Api.Output.Write(pods[1], "app", now.AddSeconds(-2), "level=error msg=second");
        _lab.Api.Output.Write(pods[0], "app", now.AddSeconds(-3), "level=info msg=first");
        _lab.Store.Add("events", KubeSamples.Event("BackOff", "Pod", pods[0], "Back-off restarting failed container", now.AddMinutes(-1), "Warning"));
        List<LogEntry> log = [.. Run("Get-OpsLog api").Objects.Cast<LogEntry>()];
        Assert.Equal([("first", pods[0]), ("second", pods[1])], log.Select(e => (e.Message, e.Instance)));
        _lab.Api.Output.Write(pods[1], "app", now.AddSeconds(-1), "level=info msg=third path=/a?f=../../../../etc/passwd");
        AttackMatch attack = Assert.Single(Run("Find-OpsAttackPattern api -Baseline attacks.json").Objects.Cast<AttackMatch>());
        Assert.Equal((AttackCategory.PathTraversal, pods[1]), (attack.Category, attack.Source));
        _lab.Api.Output.Write(pods[0], "app", now.AddSeconds(-1), "level=info msg=fourth path=/a?f=../../../../etc/shadow");
        Assert.Equal(pods[0], Assert.Single(Run("Find-OpsAttackPattern api -Baseline attacks.json").Objects.Cast<AttackMatch>()).Source);
        Assert.Equal((PlatformEventKind.Warning, pods[0]), Run("Get-OpsEvent api").Objects.Cast<PlatformEvent>().Select(e => (e.Kind, e.Instance)).Single());
        PwshRun failed = Run("Invoke-OpsServiceCommand api -Command sh, '-c', 'echo one; exit 3'");
        Assert.Equal(("one", 3), (Assert.Single(failed.Objects.Cast<CommandOutput>()).Line, ((CommandResult)Assert.Single(failed.Errors).Target!).ExitCode));
    }

    [Fact]
    public async Task Health_tells_why_a_service_is_down()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        _lab.Store.Change("pods", (await _lab.FindAsync("api")).Instances[0].Name, p =>
        {
            (p["status"]!["containerStatuses"]![0]!["state"], p["status"]!["containerStatuses"]![0]!["lastState"]) = (KubeSamples.Waiting("CrashLoopBackOff"), KubeSamples.Terminated(137, "OOMKilled"));
        });
        Dictionary<string, HealthResult> results = Run("Test-OpsHealth -Check service").Objects.Cast<HealthResult>().ToDictionary(r => r.Check);
        Assert.Equal(HealthStatus.Unhealthy, results["service.state"].Status);
        Assert.Contains("CrashLoopBackOff", results["service.state"].Message);
        Assert.Contains("want of memory", results["service.memory"].Message);
        Assert.Equal(HealthStatus.Unhealthy, results["service.restarts"].Status);
        _lab.Api.Forbidden["list pods"] = true;
        Assert.Contains("may not list pods", Assert.Single(Run("Test-OpsHealth -Check service.state").Objects.Cast<HealthResult>()).Message);
    }

    [Fact]
    public void A_tls_secret_is_shown_and_its_key_never()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=shop.example.net", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        _lab.Store.Add("secrets", KubeSamples.Thing("Secret", "v1", "web-tls").With(s => (s["type"], s["data"]) = ("kubernetes.io/tls", new System.Text.Json.Nodes.JsonObject
        {
            ["tls.crt"] = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())), ["tls.key"] = "!",
        })));
        CertificateRecord shown = Assert.Single(Run("Get-OpsCertificate -Secret *-tls").Objects.Cast<CertificateRecord>());
        Assert.Equal(("secret/web-tls", "CN=shop.example.net"), (shown.Source, shown.Subject));
        Assert.Equal("Did you mean web-tls?", Assert.Single(Run("Get-OpsCertificate -Secret web-tsl").Errors).RecommendedAction);
        File.WriteAllText(Path.Combine(_lab.Folder, "ops.yaml"), "environment: shop\nplatform: { host: {} }\n");
        Assert.Equal("PlatformUnsupported", Assert.Single(Run("Get-OpsCertificate -Secret web-tls").Errors).ErrorId);
    }

    [Fact]
    public async Task Storage_of_a_cluster_is_not_this_commands_and_what_lies_here_is_shown()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        File.AppendAllText(Path.Combine(_lab.Folder, "ops.yaml"), "backups: { stores: { local: { path: backups } } }\n");
        Assert.Equal("PlatformUnsupported", Assert.Single(Run("Clear-OpsStorage -WhatIf").Errors).ErrorId);
        // This machine's file systems are not those of the services; they are shown to whom asks for them.
        Assert.Equal([DiskUsageKind.Store], Run("Get-OpsDiskUsage").Objects.Cast<DiskUsage>().Select(u => u.Kind));
        Assert.Contains("/", Run("Get-OpsDiskUsage FileSystem").Objects.Cast<DiskUsage>().Select(u => u.Name));
        Assert.Equal("PlatformUnsupported", Assert.Single(Run("Get-OpsDiskUsage Volume").Errors).ErrorId);
    }

    [Fact]
    public async Task A_certificate_of_a_service_in_a_pod_tells_what_it_would_do()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "web", 1));
        using var key = System.Security.Cryptography.ECDsa.Create();
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=shop.example.net", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(20));
        File.WriteAllText(Path.Combine(_lab.Folder, "shop.pem"), certificate.ExportCertificatePem());
        File.AppendAllText(Path.Combine(_lab.Folder, "ops.yaml"), "certificates: { shop: { endpoint: \"127.0.0.1:1\", file: shop.pem, service: web, config: certbot } }\n");
        Directory.CreateDirectory(Path.Combine(_lab.Folder, "certbot", "live", "shop"));
        PwshRun looked = Run("Update-OpsCertificate shop -WhatIf");
        Assert.Empty(looked.Errors);
        Assert.Contains("reload the service web", Assert.Single(looked.WhatIfs));
    }

    [Fact]
    public async Task Services_are_chosen_by_pattern_and_a_slip_is_one_error()
    {
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "api", 1));
        await _lab.Api.Controllers.Keep(KubeSamples.Workload("Deployment", "worker", 1));
        Assert.Equal(["worker"], Run("Get-OpsService w*").Objects.Cast<ServiceRecord>().Select(s => s.Name));
        PwshRun slip = Run("Get-OpsService api, wroker");
        Assert.Equal("api", Assert.Single(slip.Objects.Cast<ServiceRecord>()).Name);
        Assert.Contains("Did you mean worker?", Assert.Single(slip.Errors).RecommendedAction);
        Assert.Equal(3, Assert.Single(Run("Set-OpsService api -Replicas 3 -PassThru | Wait-OpsService -Healthy -Timeout 2m").Objects.Cast<ServiceRecord>()).Ready);
    }

    [Fact]
    public async Task Without_kubectl_it_is_said_where_it_comes_from()
    {
        // A process of its own, because where programs are looked for is the same for a whole process.
        System.Diagnostics.ProcessStartInfo start = PwshProcess.Of($"Get-OpsService -Environment {_lab.Folder}", _lab.Folder);
        start.Environment["PATH"] = _lab.Folder;
        (int exitCode, string output) = await PwshProcess.RunAsync(start);
        Assert.Contains("kubectl is not installed here", output);
        Assert.Equal(1, exitCode);
    }
}
