using System.Diagnostics;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Services;

/// <summary>Units of a real systemd, and processes of this machine, as they are typed.</summary>
[Collection(DockerCollection.Name)]
public sealed class HostServiceCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private readonly Process _agent;

    public HostServiceCmdletTests(DockerFixture docker)
    {
        Assert.NotNull(docker);
        // Busybox is the program that its file is named after.
        File.Copy("/bin/busybox", Program);
        _agent = Process.Start(Program, "600");
    }

    public void Dispose()
    {
        _agent.Kill();
        _agent.WaitForExit();
        _agent.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Program => Path.Combine(_folder, "sleep");

    private PwshRun Run(string pipeline)
    {
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: shop
            platform: { host: {} }
            services:
              web: { unit: web.service }
              worker: { unit: "worker@*.service" }
              agent: { process: "{{Program}}" }
            """);
        return PwshRun.Of(pipeline, _folder);
    }

    [Fact]
    public async Task Units_are_seen_and_operated_like_any_service()
    {
        await using SystemdLab lab = await SystemdLab.StartAsync(("web.service", "[Service]\nExecStart=/bin/sh -c 'echo level=error msg=hello; sleep 3600 & wait'\n"),
            ("other.service", "[Service]\nExecStart=/bin/sleep 600\n"), ("worker@.service", "[Service]\nExecStart=/bin/sleep 600\n"));
        PwshRun looked = Run("Start-OpsService web -WhatIf; Set-OpsService worker -Replicas 2 -WhatIf");
        Assert.Contains("Start 1 instance", looked.WhatIfs[0]);
        Assert.Contains("Start worker@1.service, worker@2.service", looked.WhatIfs[1]);
        Assert.Equal(ServiceState.Running, Assert.Single(Run("Start-OpsService web -PassThru | Wait-OpsService -Healthy -Timeout 1m").Objects.Cast<ServiceRecord>()).State);
        Assert.Equal(2, Assert.Single(Run("Set-OpsService worker -Replicas 2 -PassThru").Objects.Cast<ServiceRecord>()).Ready);
        Assert.Equal(["agent", "web", "worker"], Run("Get-OpsService").Objects.Cast<ServiceRecord>().Select(s => s.Name));
        // A unit that the environment does not name is found, started and waited for by its own name.
        Assert.Equal(["other"], Run("Start-OpsService other -PassThru | Wait-OpsService -Timeout 1m; Get-OpsService oth*").Objects.Cast<ServiceRecord>().Select(s => s.Name).Distinct());
        LogEntry line = Assert.Single(Run("Get-OpsLog web -Errors").Objects.Cast<LogEntry>());
        Assert.Equal(("hello", "web.service", LogLevel.Error), (line.Message, line.Instance, line.Level));
        Assert.Equal([PlatformEventKind.Started], Run("Get-OpsEvent web, other").Objects.Cast<PlatformEvent>().Where(e => e.Service == "other").Select(e => e.Kind));
        Assert.Equal(["one"], Run("Invoke-OpsServiceCommand web -Command echo, one -Raw").Objects);
        List<HealthResult> health = [.. Run("Test-OpsHealth -Check service.state").Objects.Cast<HealthResult>()];
        Assert.Equal([("agent", HealthStatus.Healthy), ("web", HealthStatus.Healthy), ("worker", HealthStatus.Healthy)], health.Select(h => (h.Target, h.Status)).Order());
        Assert.Equal(ServiceState.Down, Assert.Single(Run("Stop-OpsService web -PassThru").Objects.Cast<ServiceRecord>()).State);
        HealthResult down = Assert.Single(Run("Test-OpsHealth -Check service.state -Service web").Objects.Cast<HealthResult>());
        Assert.Equal(HealthStatus.Unhealthy, down.Status);
        Assert.Contains("Get-OpsLog web -Tail 50", down.Remedy);
    }

    [Theory]
    [InlineData("Get-OpsLog agent", "LogUnsupported")]
    [InlineData("Stop-OpsService agent -WhatIf", "ServiceNotAUnit")]
    [InlineData("Set-OpsService agent -Replicas 2 -WhatIf", "ServiceNotAUnit")]
    public void A_process_is_only_looked_at(string pipeline, string errorId) => Assert.Equal(errorId, Assert.Single(Run(pipeline).Errors).ErrorId);

    [Fact]
    public void A_process_is_measured()
    {
        ResourceUsage usage = Assert.Single(Run("Get-OpsService agent | Get-OpsResourceUsage").Objects.Cast<ResourceUsage>());
        Assert.Equal(("agent", $"agent[{_agent.Id}]", true), (usage.Service, usage.Instance, usage.MemoryBytes > 0));
    }

    [Fact]
    public void A_machine_without_systemd_is_told_so()
    {
        // A stand-in that says what systemctl says in a container.
        string path = Environment.GetEnvironmentVariable("PATH")!;
        string program = Path.Combine(_folder, "systemctl");
        File.WriteAllText(program, "#!/bin/sh\necho 'System has not been booted with systemd as init system (PID 1). Can'\"'\"'t operate.' >&2\nexit 1\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", _folder + ":" + path);
        try { Assert.Equal("SystemdMissing", Assert.Single(Run("Get-OpsService web").Errors).ErrorId); }
        finally { Environment.SetEnvironmentVariable("PATH", path); }
    }
}
