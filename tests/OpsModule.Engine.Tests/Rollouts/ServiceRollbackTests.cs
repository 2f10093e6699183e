using System.Diagnostics;
using System.Net.Sockets;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts;

/// <summary>What goes wrong in the middle of an update, and the way back, on a real engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceRollbackTests
{
    private const string Migrated = RolloutLab.Plain + "\n    volumes: [\"./state:/state\"]\n";

    [Fact]
    public async Task What_a_migration_did_is_taken_back_with_the_version_that_wanted_it()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(Migrated);
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        OpsContext without = lab.Context;
        lab.Context = Migrating(lab, "echo up >> /state/log", "echo down >> /state/log");

        ChangePlan plan = (await lab.PlanAsync(new RolloutOptions { Tag = "crash" }))!;
        Assert.Contains("echo up", Assert.Single(plan.Steps, s => s.Name == "migrate").Text);
        Assert.Contains("echo down", plan.Undo);
        // What was approved is run, whatever the environment file says since.
        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(without).RunAsync(plan, default));
        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.Equal("up\ndown\n", lab.ReadState());
        Assert.Equal("", await lab.MigrationsAsync());

        lab.Context = Migrating(lab, "echo up >> /state/log", null);
        failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Tag = "crash" }));
        Assert.Contains("what /bin/sh has changed stays changed", failed.Message);

        // One that failed may have done a part: what would take the whole back is not run, and that is said.
        lab.Context = Migrating(lab, "echo half >> /state/log; exit 4", "echo down >> /state/log");
        failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Tag = "2" }));
        Assert.Equal("MigrationFailed", failed.ErrorId);
        Assert.Contains("how far it came is not known", failed.Message);
        Assert.Equal("up\ndown\nup\nhalf\n", lab.ReadState());
        Assert.Equal("", await lab.MigrationsAsync());
        Assert.Equal("ops-test-http:1 Running", await lab.LookAsync());
    }

    [Fact]
    public async Task A_migration_that_still_runs_is_waited_for_before_it_is_taken_back()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(Migrated);
        lab.Context = Migrating(lab, "sleep 2; echo up >> /state/log", "echo down >> /state/log");
        ChangePlan plan = (await lab.PlanAsync(new RolloutOptions { Tag = "2" }))!;
        using var stop = new CancellationTokenSource();

        Task<ChangeResult?> making = new ChangeRunner(lab.Context).RunAsync(plan, stop.Token);
        await ProxyLab.UntilAsync(async () => (await lab.MigrationsAsync()).Length > 0, "no migration");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => making);
        await new ChangeRunner(lab.Context).UndoAsync(lab.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id), default);

        Assert.Equal("up\ndown\n", lab.ReadState());
        Assert.Equal("", await lab.MigrationsAsync());
        Assert.Null(await lab.Rolling.FindLockAsync(RolloutLab.Api, default));
    }

    [Fact]
    public async Task What_had_ended_before_stays_and_no_volume_goes_that_this_change_did_not_make()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain + "\n    volumes: [/data]\n");
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        string[] before = await lab.IdsAsync();
        string volume = await lab.VolumeAsync();
        await DockerFixture.DockerAsync("stop", "-t", "1", before[0]);

        Assert.Contains(await lab.CheckAsync(new RolloutOptions { Tag = "2" }), f => f.Code == "WillBeStarted");
        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Tag = "crash" }));
        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.Equal(before, await lab.IdsAsync());
        Assert.Equal(volume, await lab.VolumeAsync());

        RolloutResult made = await lab.UpdateAsync(new RolloutOptions { Tag = "2" });
        Assert.Equal((RolloutOutcome.Done, 1), (made.Outcome, made.Instances));
        string filled = await lab.VolumeAsync();
        await new ChangeRunner(lab.Context).UndoAsync(lab.Find(made.Change!), default);
        Assert.Empty(await lab.IdsAsync());
        string[] volumes = (await DockerFixture.DockerAsync("volume", "ls", "-q")).Split('\n');
        Assert.Contains(volume, volumes);
        Assert.Contains(filled, volumes);
        await DockerFixture.DockerAsync("volume", "rm", volume, filled);
    }

    [Fact]
    public async Task A_finished_update_is_taken_back_by_the_second_try_where_the_first_failed_and_not_after_a_later_one()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        RolloutResult first = await lab.UpdateAsync(new RolloutOptions { Tag = "2" });

        OpsException failed = await lab.FailUndoAtAsync("undo-roll-ready-1", lab.Find(first.Change!));
        Assert.Equal("EngineRefused", failed.ErrorId);
        Assert.Equal(first.Change, (await lab.Rolling.FindLockAsync(RolloutLab.Api, default))!.Change);
        await new ChangeRunner(lab.Context).UndoAsync(lab.Find(first.Change!), default);
        Assert.Equal("ops-test-http:1 Running", await lab.LookAsync());
        Assert.Null(await lab.Rolling.FindLockAsync(RolloutLab.Api, default));

        RolloutResult second = await lab.UpdateAsync(new RolloutOptions { Tag = "2" });
        await lab.UpdateAsync(new RolloutOptions { Tag = "1" });
        string[] now = await lab.IdsAsync();
        failed = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).UndoAsync(lab.Find(second.Change!), default));
        Assert.Equal("ForeignInstances", failed.ErrorId);
        Assert.Equal(now, await lab.IdsAsync());
        Assert.Null(await lab.Rolling.FindLockAsync(RolloutLab.Api, default));
    }

    [Fact]
    public async Task The_way_back_that_cannot_read_what_is_kept_is_gone_on_with_when_it_can()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        ChangePlan plan = (await lab.PlanAsync(new RolloutOptions { Tag = "crash" }))!;
        string? file = null;
        var breaking = new StepJournal(lab.Context.Journal, "start-1", () =>
        {
            // Whoever reads a folder as a file is denied, root as well.
            file = Directory.EnumerateFiles(lab.Context.Environment.StateDirectory, "000001.sealed", SearchOption.AllDirectories).Single();
            File.Move(file, file + ".kept");
            Directory.CreateDirectory(file);
            return Task.CompletedTask;
        });

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() =>
            new ChangeRunner(lab.Context with { Journal = breaking }).RunAsync(plan, default));
        Assert.Equal("RollbackFailed", failed.ErrorId);
        JournalEntry open = lab.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id);
        Directory.Delete(file!);
        File.Move(file + ".kept", file!);
        failed = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).ResumeAsync(open, default));

        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.Equal("ops-test-http:1 Running", await lab.LookAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        Assert.Null(await lab.Rolling.FindLockAsync(RolloutLab.Api, default));
    }

    [Fact]
    public async Task The_old_version_need_not_answer_what_was_asked_of_the_new_one()
    {
        using var compose = new ComposeV2();
        await HttpServiceImage.MakeAsync("deaf", ["HEALTH_NEVER=1"], health: false);
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain.Replace("${TAG}", "deaf"));
        string[] before = await lab.IdsAsync();
        var options = new RolloutOptions
        {
            Tag = "crash", Probe = "http://{instance}:8080/health", HealthTimeout = TimeSpan.FromSeconds(3),
        };

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(options));

        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.Equal(before, await lab.IdsAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_new_instance_that_dies_while_the_old_one_drains_is_seen_before_the_old_one_goes()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain + "\n    restart: always\n");
        await HttpServiceImage.MakeAsync("mortal", ["CRASH_AFTER_MS=2000"]);
        string[] before = await lab.IdsAsync();
        using TcpClient held = await lab.HoldAsync();

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() =>
            lab.UpdateAsync(new RolloutOptions { Tag = "mortal", DrainTimeout = TimeSpan.FromMinutes(2) }));

        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.Equal(before, await lab.IdsAsync());
        Assert.True(held.Connected);
        Assert.StartsWith("1 ", await lab.AskAsync());
    }

    [Fact]
    public async Task In_a_watch_an_instance_is_asked_itself_whatever_the_engine_saw_last()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain
            + "\n    healthcheck: { test: [CMD, /service, probe, /health], interval: 3s, timeout: 2s, retries: 5 }\n");
        await HttpServiceImage.MakeAsync("later", ["HEALTH_FAILS_AFTER_MS=3500"]);

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() =>
            lab.UpdateAsync(new RolloutOptions { Tag = "later", Watch = TimeSpan.FromSeconds(8) }));

        Assert.Equal("WatchFailed", failed.ErrorId);
        Assert.Equal("ops-test-http:1 Running", await lab.LookAsync());
    }

    [Fact]
    public async Task What_a_watch_has_not_proven_is_not_proven_after_a_kill_either()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        JournalEntry stopped = await lab.StopAtAsync("watch-done", new RolloutOptions { Tag = "2", Watch = TimeSpan.FromSeconds(1) });

        RolloutResult made = (RolloutResult)(await new ChangeRunner(lab.Context).ResumeAsync(stopped, default))!.Value!;

        Assert.Equal(RolloutOutcome.NotProven, made.Outcome);
        Assert.Contains("at least 50 were to be counted", made.Words);
    }

    [Fact]
    public async Task What_somebody_else_brought_out_meanwhile_is_left_alone()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        await HttpServiceImage.MakeAsync("3");
        JournalEntry stopped = await lab.StopAtAsync("ready-1-done", new RolloutOptions { Tag = "2" });
        await DockerFixture.DockerAsync("rm", (await lab.Rolling.FindLockAsync(RolloutLab.Api, default))!.Name);
        lab.Write("3", "red", "first-secret");
        await lab.ComposeAsync("up", "-d", "--scale", "api=1");
        Assert.Equal("ops-test-http:3 Running", await lab.LookAsync());
        string[] theirs = await lab.IdsAsync();

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).ResumeAsync(stopped, default));
        Assert.Equal("ForeignInstances", refused.ErrorId);
        Assert.Equal(theirs, await lab.IdsAsync());
        await new ChangeRunner(lab.Context).UndoAsync(lab.Find(stopped.Id), default);

        Assert.Equal(theirs, await lab.IdsAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        Assert.Null(await lab.Rolling.FindLockAsync(RolloutLab.Api, default));
    }

    [Fact]
    public async Task One_that_is_down_is_brought_out_as_well_and_nothing_waits_without_end()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        await DockerFixture.DockerAsync("stop", "-t", "1", (await lab.IdsAsync())[0]);
        Assert.Contains(await lab.CheckAsync(new RolloutOptions { Tag = "2" }), f => f.Code == "FewerRun");
        RolloutResult made = await lab.UpdateAsync(new RolloutOptions { Tag = "2" });
        Assert.Equal((RolloutOutcome.Done, 2), (made.Outcome, made.Instances));
        Assert.Equal("ops-test-http:2 Running, ops-test-http:2 Running", await lab.LookAsync());

        // A program that goes with an instance's start or end, and hangs.
        InstanceModel model = await lab.Rolling.ReadAsync(RolloutLab.Api, default);
        InstanceHook hangs = new(["sleep", "600"], null, [], null);
        await lab.Rolling.StartAsync(TestScope.Instance, model with { PostStart = [hangs] }, (await lab.IdsAsync())[0],
            TimeSpan.FromMilliseconds(300), default);
        Assert.Contains(lab.Lab.Reporter.Warnings, w => w.Contains("post_start") && w.Contains("is waited for no longer"));

        // A Compose that a killed run has left at work is waited for.
        using Process left = Process.Start("/bin/sh", ["-c", "sleep 600; :", "compose", "-p", lab.Lab.Project, "up", "--no-start", "api"]);
        Task settled = lab.Rolling.SettleAsync(RolloutLab.Api, default);
        Assert.False(settled.IsCompleted);
        left.Kill(entireProcessTree: true);
        await settled;

        // Where nothing else could take its requests, an old one's connections are not waited for.
        await DockerFixture.DockerAsync("rm", "-f", (await lab.IdsAsync())[0]);
        using TcpClient held = await lab.HoldAsync();
        made = await lab.UpdateAsync(new RolloutOptions { Tag = "1", Strategy = RolloutStrategy.StopFirst, DrainTimeout =
            TimeSpan.FromMinutes(5) });
        Assert.Contains(made.Steps, s => s.Words.Contains("nothing else can take the requests"));
    }

    private static OpsContext Migrating(RolloutLab lab, string command, string? undo) => lab.Context with
    {
        Environment = lab.Context.Environment with
        {
            Services = new Dictionary<string, ServiceSettings>
            {
                [RolloutLab.Api] = new()
                {
                    Name = RolloutLab.Api,
                    Migrate = new MigrateSettings(["/bin/sh", "-c", command]) { Undo = undo is null ? [] : ["/bin/sh", "-c", undo] },
                },
            },
        },
    };
}
