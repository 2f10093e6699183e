using System.Buffers.Binary;
using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Host;
using OpsModule.Engine.Access;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Machine;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>What systemd and the kernel write, as it is read; of processes, the real ones of this machine.</summary>
public sealed class HostReadingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static UnitProperties Unit(string properties) => UnitProperties.Parse(properties.Replace(';', '\n'));

    [Theory]
    [InlineData("ActiveState=active;SubState=running", InstanceState.Running, null, null)]
    [InlineData("ActiveState=active;SubState=exited", InstanceState.Running, "exited", null)]
    [InlineData("ActiveState=reloading;SubState=reload", InstanceState.Running, "reload", null)]
    [InlineData("ActiveState=activating;SubState=start-pre", InstanceState.Pending, "start-pre", null)]
    [InlineData("ActiveState=activating;SubState=auto-restart;ExecMainCode=1;ExecMainStatus=7", InstanceState.Restarting, "auto-restart", 7)]
    [InlineData("ActiveState=activating;SubState=auto-restart-queued;ExecMainCode=2;ExecMainStatus=9", InstanceState.Restarting, "auto-restart-queued", 137)]
    [InlineData("ActiveState=deactivating;SubState=stop-sigterm", InstanceState.Dead, "stop-sigterm", null)]
    [InlineData("ActiveState=failed;SubState=failed;Result=exit-code;ExecMainCode=1;ExecMainStatus=203", InstanceState.Exited, "exit-code", 203)]
    [InlineData("ActiveState=inactive;SubState=dead;Result=success;LoadState=masked", InstanceState.Exited, "masked", null)]
    [InlineData("ActiveState=inactive;SubState=dead;Result=success;LoadState=not-found", InstanceState.Exited, "there is no such unit", null)]
    [InlineData("ActiveState=something-new", InstanceState.Unknown, null, null)]
    public void A_units_state_is_read(string properties, InstanceState state, string? reason, int? exitCode)
    {
        ServiceInstance instance = UnitReader.Read(Unit("Id=a.service;" + properties), "a");
        Assert.Equal((state, reason, exitCode), (instance.State, instance.Reason, instance.ExitCode));
    }

    [Fact]
    public void The_end_for_want_of_memory_times_and_limits_are_told()
    {
        ServiceInstance greedy = UnitReader.Read(Unit("Id=a.service;ActiveState=failed;Result=oom-kill;ExecMainCode=2;ExecMainStatus=9;MemoryMax=20971520;NRestarts=4;"
            + "ExecMainStartTimestamp=Sat 2026-11-21 09:41:21 UTC;InactiveEnterTimestamp=Sat 2026-11-21 09:41:22 UTC"), "a");
        Assert.Equal((true, 137, 20971520L, 4), (greedy.OutOfMemory, greedy.ExitCode!.Value, greedy.MemoryLimitBytes!.Value, greedy.Restarts));
        Assert.Equal((new DateTimeOffset(2026, 11, 21, 9, 41, 21, TimeSpan.Zero), TimeSpan.FromSeconds(1)), (greedy.StartedAt!.Value, greedy.FinishedAt!.Value - greedy.StartedAt.Value));
        Assert.Null(UnitReader.Read(Unit("Id=a.service;MemoryMax=infinity;ActiveEnterTimestamp="), "a").MemoryLimitBytes);
    }

    [Theory]
    [InlineData("Type=oneshot;Result=success", true)]
    [InlineData("Type=oneshot;RemainAfterExit=yes;Result=success", false)]
    [InlineData("Type=simple;Result=success;TriggeredBy=a.socket", true)]
    [InlineData("Type=simple;Result=success;TriggeredBy=a.socket", false, false)]
    [InlineData("Type=oneshot;Result=success;TriggeredBy=a.timer", false, false)]
    [InlineData("Type=simple;Result=success", false)]
    [InlineData("Type=oneshot;Result=exit-code", false)]
    public void A_job_that_is_done_is_not_wanted(string properties, bool done, bool awaited = true) =>
        Assert.Equal(done, UnitReader.Read(Unit("Id=a.service;LoadState=loaded;ActiveState=inactive;" + properties), "a", isAwaited: awaited).IsDone);

    [Fact]
    public void What_systemd_does_not_count_is_null()
    {
        InstanceUsage usage = UnitUsage.Read(Unit("ControlGroup=/none/a.service;MemoryCurrent=442368;MemoryMax=infinity;TasksCurrent=2;IOReadBytes=18446744073709551615;IOWriteBytes=5;IPIngressBytes=[no data]"), 1.5);
        Assert.Equal(new InstanceUsage(150, 442368, null, null, null, null, 5, 2), usage);
    }

    [Theory]
    [InlineData("ProgramMissing", "The program systemctl could not be started", "SystemdMissing")]
    [InlineData("ProgramFailed", "System has not been booted with systemd as init system (PID 1). Can't operate.", "SystemdMissing")]
    [InlineData("ProgramFailed", "Failed to start a.service: Interactive authentication required.", "UnitDenied")]
    [InlineData("ProgramFailed", "Failed to start a.service: Access denied", "UnitDenied")]
    [InlineData("ProgramFailed", "Failed to start a.service: Unit a.service is masked.", "UnitMasked")]
    [InlineData("ProgramFailed", "Failed to start a.service: Unit a.service not found.", "UnitNotFound")]
    [InlineData("ProgramFailed", "Job for a.service failed because the control process exited with error code.", "UnitFailed")]
    public void What_systemctl_says_is_an_error_of_its_kind(string id, string said, string expected)
    {
        OpsException error = Systemd.Explain(new OpsException(id, OpsErrorCategory.InvalidOperation, said, "Look."), "a.service");
        Assert.Equal(expected, error.ErrorId);
        Assert.DoesNotContain("..", error.Message + error.RecommendedAction);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Entries_are_the_same_however_the_bytes_come(int piece)
    {
        byte[] much = new byte[200_000];
        Random.Shared.NextBytes(much);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)much.Length);
        byte[] bytes = [.. "__REALTIME_TIMESTAMP=1795254005106598\nPRIORITY=6\nMESSAGE=a=b\n\n__REALTIME_TIMESTAMP=1795254005106599\nMESSAGE\n"u8, .. length, .. much, .. "\n\n"u8];
        var read = new List<(long, byte[], string?)>();
        await new SystemdEntries(e =>
        {
            read.Add((e.Microseconds, e.Message.ToArray(), e["PRIORITY"]));
            return ValueTask.CompletedTask;
        }).ReadAsync(new PieceStream(bytes, piece), default);
        Assert.Equal([(1795254005106598, "6"), (1795254005106599, null)], read.Select(r => (r.Item1, r.Item3)));
        Assert.Equal("a=b", Encoding.UTF8.GetString(read[0].Item2));
        Assert.Equal(much, read[1].Item2);
    }

    [Theory]
    [InlineData("MESSAGE_ID=fe6faa94e7774663a0da52717891d8ef", PlatformEventKind.OutOfMemory, null)]
    [InlineData("MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15;COMMAND=ExecStart;EXIT_CODE=killed;EXIT_STATUS=9", PlatformEventKind.Died, 137)]
    [InlineData("MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c;UNIT_RESULT=start-limit-hit", PlatformEventKind.Warning, null)]
    [InlineData("MESSAGE_ID=be02cf6855d2428ba40df7e9d022f03d;JOB_RESULT=dependency", PlatformEventKind.Warning, null)]
    public void An_event_is_read_by_its_number(string fields, PlatformEventKind kind, int? exitCode)
    {
        PlatformEvent? happened = UnitEvents.Read(Entry(fields), "a", "a.service");
        Assert.Equal((kind, exitCode), (happened!.Kind, happened.ExitCode));
    }

    [Theory]
    [InlineData("MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15;COMMAND=ExecStop;EXIT_CODE=exited;EXIT_STATUS=1")]
    [InlineData("MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c;UNIT_RESULT=oom-kill")]
    public void What_another_event_says_is_not_said_twice(string fields) => Assert.Null(UnitEvents.Read(Entry(fields), "a", "a.service"));

    [Fact]
    public async Task A_process_is_found_by_program_and_by_pid_file_measured_and_not_touched()
    {
        // Busybox is the program that its file is named after.
        string program = _folder["a folder/sleep"];
        Directory.CreateDirectory(_folder["a folder"]);
        File.Copy("/bin/busybox", program);
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, "600"))!;
        try
        {
            _folder.Write("shop.pid", process.Id + "\n");
            using IServicePlatform platform = Open(new ServiceSettings { Name = "shop", Process = program }, new ServiceSettings { Name = "by-file", PidFile = _folder["shop.pid"] },
                new ServiceSettings { Name = "gone", PidFile = _folder["none.pid"] });
            IReadOnlyList<ServiceRecord> found = await platform.ListAsync(null, default);
            Assert.Equal([("by-file", ServiceState.Running, 1), ("gone", ServiceState.Down, 1), ("shop", ServiceState.Running, 1)], found.Select(s => (s.Name, s.State, s.Wanted)));
            ServiceRecord shop = found[2];
            Assert.Equal((process.Id.ToString(), "process"), (shop.Instances[0].Id, shop.Kind));
            Assert.InRange(shop.StartedAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddSeconds(5));
            InstanceUsage usage = await platform.MeasureAsync(shop.Instances[0], default);
            Assert.True(usage is { MemoryBytes: > 0, Processes: 1 });
            Assert.Equal("LogUnsupported", Assert.Throws<OpsException>(() => { _ = platform.ReadLogAsync(shop.Instances[0], new LogRequest(), (_, _) => ValueTask.CompletedTask, default); }).ErrorId);
            foreach (ServiceChange change in Enum.GetValues<ServiceChange>()) Assert.Equal("ServiceNotAUnit", Assert.Throws<OpsException>(() => platform.Plan(shop, change, 2)).ErrorId);
            process.Kill();
            await process.WaitForExitAsync();
            Assert.Equal("ContainerNotFound", (await Assert.ThrowsAsync<OpsException>(() => platform.MeasureAsync(shop.Instances[0], default))).ErrorId);
            Assert.Equal(ServiceState.Down, (await platform.ListAsync(["shop"], default)).Single().State);
        }
        finally { if (!process.HasExited) process.Kill(); }
    }

    [Fact]
    public void A_process_whose_name_has_blanks_and_parentheses_is_read()
    {
        ProcessFigures read = ProcessFigures.Parse("42 (a) b (c) S 7 1 1 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 3 0 1234 99 5", "10 5 1 1 0 1 0", 4096);
        Assert.Equal((42, 7, 'S', TimeSpan.FromSeconds(2), 3, 1234L, 5 * 4096L), (read.Id, read.Parent, read.State, read.CpuTime, read.Threads, read.StartTicks, read.Memory));
    }

    [Fact]
    public async Task A_program_runs_on_the_host_itself()
    {
        using IServicePlatform platform = Open(new ServiceSettings { Name = "me", Process = Environment.ProcessPath });
        ServiceInstance me = (await platform.ListAsync(null, default)).Single().Instances.First();
        var said = new Dictionary<bool, string> { [false] = "", [true] = "" };
        int code = await platform.ExecuteAsync(me, new ExecuteRequest(["sh", "-c", "cat; pwd; echo $GIVEN; echo bad >&2; exit 4"], WorkingDirectory: _folder.Path, Variables: ["GIVEN=yes"],
            Input: new MemoryStream("in\n"u8.ToArray())), (error, bytes) =>
        {
            said[error] += Encoding.UTF8.GetString(bytes.Span);
            return ValueTask.CompletedTask;
        }, default);
        Assert.Equal((4, $"in\n{_folder.Path}\nyes\n", "bad\n"), (code, said[false], said[true]));
        Assert.Equal("ProgramMissing", (await Assert.ThrowsAsync<OpsException>(() => platform.ExecuteAsync(me, new ExecuteRequest(["no-such-program"]), (_, _) => ValueTask.CompletedTask, default))).ErrorId);
        using var stop = new CancellationTokenSource(300);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => platform.ExecuteAsync(me, new ExecuteRequest(["sleep", "600"]), (_, _) => ValueTask.CompletedTask, stop.Token));
    }

    private IServicePlatform Open(params ServiceSettings[] services) => ServicePlatforms.Open(OpsContextFactory.Create(new OpsEnvironment
    {
        Name = "lab", Directory = _folder.Path, StateDirectory = _folder[".ops"], Services = services.ToDictionary(s => s.Name),
    }, new RecordingReporter()));

    private static SystemdEntry Entry(string fields)
    {
        var entry = new SystemdEntry();
        foreach (string[] field in fields.Split(';').Select(f => f.Split('='))) entry.Add(Encoding.ASCII.GetBytes(field[0]), Encoding.ASCII.GetBytes(field[1]));
        return entry;
    }

    /// <summary>Gives few bytes at a time.</summary>
    private sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
