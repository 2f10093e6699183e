using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Services;

/// <summary>Services of a real Docker engine are started, stopped, scaled, waited for and asked to run programs.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceControlTests
{
    [Fact]
    public async Task A_service_is_stopped_started_and_restarted_and_the_journal_tells()
    {
        using var lab = new ServiceLab();
        var control = new ServiceControl(lab.Context, lab.Platform);
        ServiceRecord api = await lab.RunAndFindAsync("api", DockerFixture.Stay, "--restart", "always");

        Assert.Null(lab.Platform.Plan(api, ServiceChange.Start));
        Assert.Equal("Stop 1 instance", lab.Platform.Plan(api, ServiceChange.Stop));
        ServiceRecord stopped = await control.StopAsync(api, TimeSpan.FromSeconds(10), default);
        Assert.Equal((InstanceState.Exited, 0), (stopped.Instances[0].State, stopped.Instances[0].ExitCode!.Value));
        Assert.Null(lab.Platform.Plan(stopped, ServiceChange.Stop));
        Assert.Equal("Start 1 instance", lab.Platform.Plan(stopped, ServiceChange.Start));
        ServiceRecord started = await control.StartAsync(stopped, default);
        Assert.Equal(ServiceState.Running, started.State);
        ServiceRecord restarted = await control.RestartAsync(started, TimeSpan.FromSeconds(10), default);
        Assert.Equal(ServiceState.Running, restarted.State);
        Assert.True(restarted.StartedAt > started.StartedAt);
        Assert.Equal(api.Instances[0].Id, restarted.Instances[0].Id);

        Assert.Empty(lab.Context.Journal.FindUnfinished());
        string journal = await File.ReadAllTextAsync(Path.Combine(lab.Folder, ".ops", "journal.jsonl"));
        foreach (string action in new[] { "Stop-OpsService", "Start-OpsService", "Restart-OpsService" }) Assert.Contains(action, journal);
    }

    [Fact]
    public async Task What_does_not_end_within_the_grace_period_is_killed()
    {
        using var lab = new ServiceLab();
        ServiceRecord deaf = await lab.RunAndFindAsync("deaf", "trap '' TERM; sleep 3600 & wait");
        ServiceRecord stopped = await new ServiceControl(lab.Context, lab.Platform).StopAsync(deaf, TimeSpan.FromSeconds(1), default);
        Assert.Equal(137, stopped.Instances[0].ExitCode);
    }

    [Fact]
    public async Task No_grace_at_all_is_not_the_makers_grace()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("slow", "trap 'sleep 20; exit 0' TERM; echo begun; sleep 3600 & wait", "--stop-timeout", "60");
        ServiceRecord slow = await lab.FindAsync("slow");
        while (!(await lab.LogAsync(slow.Instances[0], new LogRequest())).Contains("begun")) await Task.Delay(50);
        ServiceRecord stopped = await new ServiceControl(lab.Context, lab.Platform).StopAsync(slow, TimeSpan.Zero, default);
        Assert.Equal(137, stopped.Instances[0].ExitCode);
    }

    [Fact]
    public async Task Without_a_grace_period_a_container_has_the_one_of_its_maker()
    {
        using var lab = new ServiceLab();
        // Longer than the engine's own 10 seconds, and far longer than this engine may take for an answer.
        const string slow = "trap 'echo shutting down; sleep 12; exit 0' TERM; echo begun; sleep 3600 & wait";
        string[] ids = [await lab.RunAsync("db", slow, "--stop-timeout", "60"), await lab.RunAsync("again", slow, "--stop-timeout", "60")];
        using var platform = new DockerPlatform(ServicePlatforms.SetupOf(lab.Context), new DockerEngine(DockerEndpoint.Find(Environment.GetEnvironmentVariable)) { Patience = TimeSpan.FromSeconds(5) });
        foreach (string id in ids)
            while (!(await DockerFixture.DockerAsync("logs", id)).Contains("begun")) await Task.Delay(50);
        var control = new ServiceControl(lab.Context, platform);
        ServiceRecord db = await lab.FindAsync("db"), again = await lab.FindAsync("again");
        Assert.Equal(TimeSpan.FromSeconds(60), db.Instances[0].StopGrace);
        ServiceRecord[] after = await Task.WhenAll(control.StopAsync(db, null, default), control.RestartAsync(again, null, default));
        Assert.Equal(0, after[0].Instances[0].ExitCode);
        Assert.Equal(ServiceState.Running, after[1].State);
        Assert.DoesNotContain("137", await DockerFixture.DockerAsync("events", "--since", "10m", "--until", "0s", "--filter", "event=die", "--filter", "container=" + ids[1]));
    }

    [Fact]
    public async Task A_start_that_ends_at_once_is_an_error()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("lame", "exit 3");
        ServiceRecord lame = await lab.UntilAsync("lame", s => s.Instances[0].State == InstanceState.Exited);
        for (int attempt = 0; ; attempt++)
        {
            // It may be looked at before it has ended.
            OpsException? error = await Record.ExceptionAsync(() => new ServiceControl(lab.Context, lab.Platform).StartAsync(lame, default)) as OpsException;
            if (error is null && attempt < 50) continue;
            Assert.Equal("ServiceDown", error?.ErrorId);
            Assert.Contains("exit code 3", error!.Message);
            break;
        }
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Another_run_on_the_same_service_holds_the_lock()
    {
        using var lab = new ServiceLab();
        ServiceRecord api = await lab.RunAndFindAsync("api", DockerFixture.Stay);
        using IDisposable held = lab.Context.Locks.Acquire("service/api", "Restart-OpsService");
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ServiceControl(lab.Context, lab.Platform).StopAsync(api, TimeSpan.Zero, default));
        Assert.Equal("TargetLocked", error.ErrorId);
        Assert.Equal(InstanceState.Running, (await lab.FindAsync("api")).Instances[0].State);
    }

    [Fact]
    public async Task A_service_that_went_away_after_it_was_looked_at_is_an_error()
    {
        using var lab = new ServiceLab();
        ServiceRecord api = await lab.RunAndFindAsync("api", DockerFixture.Stay);
        await DockerFixture.DockerAsync("rm", "-f", api.Instances[0].Id);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ServiceControl(lab.Context, lab.Platform).StopAsync(api, TimeSpan.Zero, default));
        Assert.Equal("ServiceNotFound", error.ErrorId);
    }

    [Fact]
    public async Task Without_a_compose_file_nothing_can_be_scaled()
    {
        using var lab = new ServiceLab();
        ServiceRecord api = await lab.RunAndFindAsync("api", DockerFixture.Stay);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ServiceControl(lab.Context, lab.Platform).ScaleAsync(api, 2, default));
        Assert.Equal("ScaleUnsupported", error.ErrorId);
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Compose_scales_a_service_up_and_down_and_makes_what_is_missing()
    {
        using var lab = new ServiceLab($$"""
            version: "3"
            services:
              api: { image: "{{DockerFixture.Image}}", command: ["sh", "-c", "sleep 3600 & wait"], stop_grace_period: 1s }
            """);
        var control = new ServiceControl(lab.Context, lab.Platform);
        ServiceRecord one = await control.StartAsync(await lab.FindAsync("api"), default);
        Assert.Equal((1, ServiceState.Running), (one.Wanted, one.State));
        Assert.Equal("Go from 1 instance to 3", lab.Platform.Plan(one, ServiceChange.Scale, 3));
        ServiceRecord three = await control.ScaleAsync(one, 3, default);
        Assert.Equal((3, 3), (three.Wanted, three.Ready));
        Assert.Contains(one.Instances[0].Id, three.Instances.Select(i => i.Id));
        Assert.Null(lab.Platform.Plan(three, ServiceChange.Scale, 3));
        ServiceRecord again = await control.ScaleAsync(three, 1, default);
        Assert.Equal((1, one.Instances[0].Id), (again.Wanted, again.Instances[0].Id));
    }

    [Fact]
    public async Task Waiting_ends_with_each_service_that_is_healthy_and_says_how_the_others_are()
    {
        using var lab = new ServiceLab();
        string slow = await lab.RunAsync("slow", DockerFixture.Stay, "--health-cmd", "ls /tmp/well", "--health-interval", "1s", "--health-retries", "1000");
        await lab.RunAsync("never", "exit 3");
        await lab.RunAsync("quick", DockerFixture.Stay);
        var arrived = new List<ServiceRecord>();
        var failed = new List<OpsException>();
        await new ServiceWaiter(lab.Context, lab.Platform).WaitAsync(["slow", "never", "quick"], true, TimeSpan.FromSeconds(8), service =>
        {
            arrived.Add(service);
            if (service.Name == "quick") DockerFixture.DockerAsync("exec", slow, "busybox", "touch", "/tmp/well").Wait();
        }, failed.Add, default);
        Assert.Equal(["quick", "slow"], arrived.Select(s => s.Name));
        OpsException late = Assert.Single(failed);
        Assert.Equal("ServiceNotHealthy", late.ErrorId);
        Assert.Contains("exit code 3", late.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_that_is_done_is_not_waited_for(bool healthy)
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("job", "exit 0");
        await lab.UntilAsync("job", s => s.State == ServiceState.Stopped);
        var arrived = new List<ServiceRecord>();
        await new ServiceWaiter(lab.Context, lab.Platform).WaitAsync(["job"], healthy, TimeSpan.FromSeconds(2), arrived.Add, e => throw e, default);
        Assert.Single(arrived);
    }

    [Fact]
    public async Task Without_healthy_it_is_enough_that_it_runs()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("ill", DockerFixture.Stay, "--health-cmd", "exit 1", "--health-interval", "1s", "--health-retries", "1");
        var arrived = new List<ServiceRecord>();
        await new ServiceWaiter(lab.Context, lab.Platform).WaitAsync(["ill"], false, TimeSpan.FromSeconds(10), arrived.Add, e => throw e, default);
        Assert.Single(arrived);
    }

    [Fact]
    public async Task A_programs_lines_come_as_they_are_and_its_exit_code_is_an_error_after_them()
    {
        using var lab = new ServiceLab();
        ServiceRecord box = await lab.RunAndFindAsync("box", DockerFixture.Stay);
        var lines = new List<CommandOutput>();
        var command = new ServiceCommand(lab.Context, lab.Platform);
        ServiceInstance instance = ServiceCommand.Choose(box, null);
        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => command.RunAsync(instance, new ExecuteRequest(["sh", "-c", "echo one; sleep 0.1; echo two >&2; printf three; exit 3"]), Add, default));
        Assert.Equal("CommandFailed", failed.ErrorId);
        Assert.Equal(3, Assert.IsType<CommandResult>(failed.Target).ExitCode);
        Assert.Equal([("one", OutputStream.Output), ("two", OutputStream.Error), ("three", OutputStream.Output)], lines.Select(l => (l.Line, l.Stream)).OrderBy(l => lines.FindIndex(x => x.Line == l.Line)));
        Assert.Equal(0, (await command.RunAsync(instance, new ExecuteRequest(["sh", "-c", "exit 0"]), Add, default)).ExitCode);
        Assert.Empty(lab.Context.Journal.FindUnfinished());

        Assert.Equal("InstanceNotFound", Assert.Throws<OpsException>(() => ServiceCommand.Choose(box, "nope")).ErrorId);
        Assert.Equal(instance, ServiceCommand.Choose(box, instance.Id[..12]));
        await DockerFixture.DockerAsync("kill", instance.Id);
        Assert.Equal("ServiceNotRunning", Assert.Throws<OpsException>(() => ServiceCommand.Choose(lab.FindAsync("box").Result, null)).ErrorId);

        void Add(CommandOutput line) => lines.Add(line);
    }

    [Fact]
    public async Task Letting_go_of_a_program_is_told_and_journaled()
    {
        using var lab = new ServiceLab();
        ServiceInstance box = (await lab.RunAndFindAsync("box", DockerFixture.Stay)).Instances[0];
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ServiceCommand(lab.Context, lab.Platform)
            .RunAsync(box, new ExecuteRequest(["sh", "-c", "echo begun; sleep 60"]), _ => stop.Cancel(), stop.Token));
        Assert.Contains("may go on", Assert.Single(lab.Reporter.Warnings));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }
}
