using System.Diagnostics;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Services;

/// <summary>Services of a real Docker engine, as they are typed.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName, _project = "c" + Guid.NewGuid().ToString("N")[..10];

    public ServiceCmdletTests() => File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
        environment: shop
        platform: { compose: { file: compose.yaml, project: {{_project}} } }
        """);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Socket => Environment.GetEnvironmentVariable("DOCKER_HOST")!["unix://".Length..];

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    private Task<string> StartAsync(string service, string command = DockerFixture.Stay, params string[] options) => DockerFixture.RunAsync(_project, service, command, options);

    private ServiceRecord Find(string service) => Assert.Single(Run($"Get-OpsService {service}").Objects.Cast<ServiceRecord>());

    [Fact]
    public async Task Services_are_listed_by_name_pattern_and_pipeline_and_a_slip_is_one_error()
    {
        await StartAsync("api");
        await StartAsync("worker");
        Assert.Equal(["api", "worker"], Run("Get-OpsService").Objects.Cast<ServiceRecord>().Select(s => s.Name));
        foreach (string written in new[] { "w*", "W*", "WORKER", "[v-w]orker" })
            Assert.Equal(["worker"], Run($"Get-OpsService '{written}'").Objects.Cast<ServiceRecord>().Select(s => s.Name));
        PwshRun nothing = Run("Get-OpsService z*");
        Assert.Contains("there is api, worker", Assert.Single(nothing.Warnings));
        Assert.Empty(nothing.Errors);
        Assert.Empty(Run("Stop-OpsService API -WhatIf").Errors);
        Assert.Equal("ServiceNotFound", Assert.Single(Run("Get-OpsLog Api, nobody").Errors).ErrorId);
        Assert.Equal(["api"], Run("Get-OpsService | Where-Object Name -eq api | Get-OpsService").Objects.Cast<ServiceRecord>().Select(s => s.Name));
        Assert.Equal(["api", "worker"], Run("Get-OpsEnvironment | Get-OpsService").Objects.Cast<ServiceRecord>().Select(s => s.Name));
        Assert.Equal(["worker"], Run("Get-OpsResourceUsage worker | Get-OpsService").Objects.Cast<ServiceRecord>().Select(s => s.Name));
        PwshRun slip = Run("Get-OpsService api, wroker");
        Assert.Equal("api", Assert.Single(slip.Objects.Cast<ServiceRecord>()).Name);
        Assert.Contains("Did you mean worker?", Assert.Single(slip.Errors).RecommendedAction);
        Assert.Equal(1, slip.ExitCode);
    }

    [Fact]
    public async Task WhatIf_shows_the_plan_and_changes_nothing()
    {
        await StartAsync("api");
        PwshRun looked = Run("Stop-OpsService * -WhatIf; Restart-OpsService api -WhatIf; Invoke-OpsServiceCommand api -Command ls -WhatIf; Set-OpsService api -Replicas 4 -WhatIf; Start-OpsService api -PassThru -WhatIf");
        Assert.Equal(4, looked.WhatIfs.Count);
        Assert.Contains("Stop 1 instance", looked.WhatIfs[0]);
        Assert.Equal("api", Assert.Single(looked.Objects.OfType<ServiceRecord>()).Name);
        Assert.Equal(["service.stop", "service.restart", "service.scale"], looked.Objects.OfType<ChangePlan>().Select(p => p.Kind));
        Assert.Equal(ServiceState.Running, Find("api").State);
        Assert.False(Directory.Exists(Path.Combine(_folder, ".ops")));
    }

    [Fact]
    public async Task A_service_is_stopped_and_started_and_waited_for()
    {
        await StartAsync("api", DockerFixture.Stay, "--restart", "always");
        PwshRun stopped = Run("Stop-OpsService api -Grace 5s -PassThru");
        Assert.Equal((0, ServiceState.Down), (stopped.ExitCode, Assert.Single(stopped.Objects.Cast<ServiceRecord>()).State));
        PwshRun started = Run("Start-OpsService api -PassThru | Wait-OpsService -Healthy -Timeout 1m");
        Assert.Equal((0, ServiceState.Running), (started.ExitCode, Assert.Single(started.Objects.Cast<ServiceRecord>()).State));
        Assert.Equal(ServiceState.Running, Assert.Single(Run("Restart-OpsService api -PassThru").Objects.Cast<ServiceRecord>()).State);
        Assert.Equal(["Restart-OpsService", "Start-OpsService", "Stop-OpsService"],
            Run("Get-OpsChange").Objects.Cast<JournalEntry>().Select(e => e.Action).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_late_is_an_error_that_says_how_it_is()
    {
        await StartAsync("ill", DockerFixture.Stay, "--health-cmd", "exit 1", "--health-interval", "1s", "--health-retries", "1");
        PwshRun late = Run("Wait-OpsService ill -Healthy -Timeout 2");
        OpsException error = Assert.Single(late.Errors);
        Assert.Equal(("ServiceNotHealthy", OpsErrorCategory.OperationTimeout, 1), (error.ErrorId, error.Category, late.ExitCode));
        Assert.Contains("0 of 1 ready", error.Message);
        Assert.Empty(late.Objects);
    }

    [Fact]
    public async Task A_command_gives_its_output_and_then_its_exit_code()
    {
        await StartAsync("box");
        File.WriteAllText(Path.Combine(_folder, "input.txt"), "from a file\n");
        PwshRun run = Run("Invoke-OpsServiceCommand box -Command sh, '-c', 'echo one; exit 3'");
        Assert.Equal("one", Assert.Single(run.Objects.Cast<CommandOutput>()).Line);
        OpsException error = Assert.Single(run.Errors);
        Assert.Equal(("CommandFailed", 3, 1), (error.ErrorId, ((CommandResult)error.Target!).ExitCode, run.ExitCode));
        Assert.Equal(["from a file"], Run("Invoke-OpsServiceCommand box -Command cat -InputFile input.txt -Raw").Objects);
        Assert.Equal(["typed"], Run("Get-OpsService box | Invoke-OpsServiceCommand -Command cat -InputText typed -Raw").Objects);
        Assert.Equal("ProgramMissing", Assert.Single(Run("Invoke-OpsServiceCommand box -Command nothing-of-the-kind").Errors).ErrorId);
        Assert.Equal("InputUnreadable", Assert.Single(Run("Invoke-OpsServiceCommand box -Command cat -InputFile none.txt").Errors).ErrorId);
        Assert.Equal("ParametersConflict", Assert.Single(Run("Invoke-OpsServiceCommand box -Command cat -InputFile input.txt -InputText x").Errors).ErrorId);
        Assert.Equal(["piped", "lines"], Run("'piped', 'lines' | Invoke-OpsServiceCommand box -CommandLine cat -Raw").Objects);
        Assert.Equal(["from a file"], Run("Get-OpsEnvironment | Invoke-OpsServiceCommand box -CommandLine cat -InputFile input.txt -Raw").Objects);
        PwshRun split = Run("Invoke-OpsServiceCommand box -CommandLine \"sh -c 'for a; do echo `\"`$a`\"; done' x 'a b' `$HOME'|*'\" -Raw");
        Assert.Empty(split.Errors.Select(e => e.Message).Concat(split.OtherErrors));
        Assert.Equal(["a b", "$HOME|*"], split.Objects);
        OpsException oneText = Assert.Single(Run("Invoke-OpsServiceCommand box -Command 'ls -l /'").Errors);
        Assert.Equal("ProgramMissing", oneText.ErrorId);
        Assert.Contains("-CommandLine 'ls -l /'", oneText.RecommendedAction);
        Assert.Equal("CommandLineInvalid", Assert.Single(Run("Invoke-OpsServiceCommand box -CommandLine \"sh -c 'exit\"").Errors).ErrorId);
    }

    [Fact]
    public async Task Usage_is_of_every_running_container_and_of_the_host()
    {
        await StartAsync("api");
        await StartAsync("done", "exit 0");
        List<ResourceUsage> all = [.. Run("Get-OpsResourceUsage").Objects.Cast<ResourceUsage>()];
        Assert.Equal(2, all.Count);
        ResourceUsage host = Assert.Single(all, u => u.Service is null), api = Assert.Single(all, u => u.Service == "api");
        Assert.Equal(Environment.MachineName, host.Instance);
        Assert.InRange(host.MemoryPercent!.Value, 0.1, 100);
        Assert.True(api.MemoryBytes > 0);
        Assert.Equal("api", Assert.Single(Run("Get-OpsResourceUsage api").Objects.Cast<ResourceUsage>()).Service);
    }

    [Fact]
    public async Task Events_are_filtered_by_service_and_kind()
    {
        await StartAsync("short", "exit 4");
        await StartAsync("other", "exit 0");
        Run("Wait-OpsService short -Timeout 1");
        PwshRun died = Run("Get-OpsEvent short -Since 10m -Kind Died");
        PlatformEvent end = Assert.Single(died.Objects.Cast<PlatformEvent>());
        Assert.Equal(("short", 4), (end.Service, end.ExitCode!.Value));
        Assert.Contains("other", Run("Get-OpsEvent").Objects.Cast<PlatformEvent>().Select(e => e.Service));
        Assert.Empty(Run("Get-OpsEvent -Since 10m -Until 9m").Objects);
    }

    [Fact]
    public async Task Events_are_followed_until_enough_was_seen()
    {
        string id = await StartAsync("api", "sleep 600");
        var run = new PwshRun();
        Task<PwshRun> following = Task.Run(() => run.Run("Get-OpsEvent api -Follow -Kind Started, Died | Select-Object -First 2", _folder));
        // What was before is told first; then it goes on with what happens.
        while (run.Objects.Count < 1 && !following.IsCompleted) await Task.Delay(20);
        await DockerFixture.DockerAsync("kill", id);
        await following;
        Assert.Equal([PlatformEventKind.Started, PlatformEventKind.Died], run.Objects.Cast<PlatformEvent>().Select(e => e.Kind));
        Assert.Equal(137, ((PlatformEvent)run.Objects[1]).ExitCode);
        Assert.Empty(run.Errors);
    }

    [Fact]
    public void Replicas_are_made_and_removed_by_compose()
    {
        File.WriteAllText(Path.Combine(_folder, "compose.yaml"), $$"""
            version: "3"
            services:
              api: { image: "{{DockerFixture.Image}}", command: ["sh", "-c", "{{DockerFixture.Stay.Replace("$", "$$")}}"], stop_grace_period: 1s }
            """);
        Assert.Equal(0, Run("Start-OpsService api -PassThru | Wait-OpsService -Timeout 1m").ExitCode);
        PwshRun looked = Run("Set-OpsService api -Replicas 3 -WhatIf");
        Assert.Contains("Go from 1 instance to 3", Assert.Single(looked.WhatIfs));
        Assert.Equal(1, Find("api").Wanted);
        ServiceRecord three = Assert.Single(Run("Set-OpsService api -Replicas 3 -PassThru | Wait-OpsService -Timeout 1m").Objects.Cast<ServiceRecord>());
        Assert.Equal((3, 3), (three.Wanted, three.Ready));
        ServiceRecord one = Assert.Single(Run("Get-OpsService api | Set-OpsService -Replicas 1 -PassThru").Objects.Cast<ServiceRecord>());
        Assert.Equal((1, ServiceState.Running), (one.Wanted, one.State));
        Assert.Equal(2, Run("Get-OpsChange").Objects.Cast<JournalEntry>().Count(e => e is { Action: "Set-OpsService", Outcome: JournalOutcome.Completed }));
    }

    [Fact]
    public async Task Several_services_are_handled_in_the_order_of_what_they_need_and_profiles_stay_off()
    {
        string service = $$"""image: "{{DockerFixture.Image}}", command: ["sh", "-c", "{{DockerFixture.Stay.Replace("$", "$$")}}"], stop_grace_period: 20s""";
        File.WriteAllText(Path.Combine(_folder, "compose.yaml"), $$"""
            version: "3.9"
            services:
              api: { {{service}}, depends_on: [db] }
              db: { {{service}} }
              wipe: { {{service}}, profiles: [danger] }
            """);
        Assert.Equal(["db", "api"], Names(Run("Start-OpsService * -PassThru")));
        // What came out of a listing, or of several names, is one set.
        Assert.Equal(["api", "db"], Names(Run("Get-OpsService api, db | Stop-OpsService -PassThru")));
        Assert.All([Find("api"), Find("db")], s => Assert.Equal((ServiceState.Down, 0), (s.State, s.Instances[0].ExitCode)));
        Assert.Equal(["db", "api"], Names(Run("Get-OpsService | Start-OpsService -PassThru")));
        Assert.Empty(Find("wipe").Instances);
        Assert.Equal(["wipe"], Names(Run("Start-OpsService wipe -PassThru")));
        foreach (ServiceInstance instance in Run("Get-OpsService").Objects.Cast<ServiceRecord>().SelectMany(s => s.Instances)) await DockerFixture.DockerAsync("rm", "-f", instance.Id);

        static IEnumerable<string> Names(PwshRun run)
        {
            Assert.Empty(run.Errors);
            return run.Objects.Cast<ServiceRecord>().Select(s => s.Name);
        }
    }

    [Theory]
    [InlineData("Stop-OpsService -WhatIf", "ServiceNameMissing")]
    [InlineData("Stop-OpsService nobody -WhatIf", "ServiceNotFound")]
    [InlineData("Set-OpsService nobody -Replicas 2 -WhatIf", "ServiceNotFound")]
    [InlineData("Wait-OpsService nobody -Timeout 1s", "ServiceNotFound")]
    [InlineData("Wait-OpsService zz* -Timeout 1s", "NothingMatches")]
    [InlineData("Stop-OpsService zz* -WhatIf", "NothingMatches")]
    [InlineData("Restart-OpsService zz* -WhatIf", "NothingMatches")]
    [InlineData("Invoke-OpsServiceCommand zz* -CommandLine ls", "NothingMatches")]
    [InlineData("Find-OpsAttackPattern zz*", "NothingMatches")]
    [InlineData("Export-OpsLog zz* x.jsonl", "NothingMatches")]
    [InlineData("Get-OpsService zz* | Wait-OpsService -WarningAction Ignore", "NothingToWaitFor")]
    [InlineData("Get-OpsEvent nobody", "ServiceNotFound")]
    [InlineData("Invoke-OpsServiceCommand nobody -Command ls", "ServiceNotFound")]
    public void What_cannot_be_done_is_one_error(string pipeline, string errorId)
    {
        PwshRun run = Run(pipeline);
        Assert.Equal(errorId, Assert.Single(run.Errors).ErrorId);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task Who_may_not_use_the_socket_is_told_so()
    {
        Process.Start("chmod", ["755", _folder, Path.GetDirectoryName(Socket)!]).WaitForExit();
        // Root may use every socket; who may not is somebody who is no more than the owner of his files.
        await Process.Start("chown", ["65534", Socket]).WaitForExitAsync();
        (int exitCode, string output) = await PwshProcess.RunAsync(PwshProcess.Of($"Get-OpsService -Environment {_folder}", _folder,
            "setpriv", "--bounding-set=-dac_override,-dac_read_search", "--regid=65534", "--clear-groups"));
        await Process.Start("chown", ["0", Socket]).WaitForExitAsync();
        Assert.Contains("may not use the Docker engine's socket", output);
        Assert.Equal(1, exitCode);
    }
}
