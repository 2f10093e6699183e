using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Turns what systemd says of a unit into an instance.</summary>
public static class UnitReader
{
    private const int Exited = 1, SignalBase = 128;

    /// <param name="unit">What systemd says.</param>
    /// <param name="service">The service it belongs to.</param>
    /// <param name="near">The unit that may be meant, of one that there is not.</param>
    /// <param name="isAwaited">True when what starts it when it is needed is up itself.</param>
    public static ServiceInstance Read(UnitProperties unit, string service, string? near = null, bool isAwaited = true)
    {
        InstanceState state = State(unit);
        bool ended = state is InstanceState.Exited or InstanceState.Restarting;
        return new ServiceInstance
        {
            Id = unit.Id,
            Name = unit.Id,
            Service = service,
            State = state,
            Reason = Reason(unit, near),
            Restarts = (int)(unit.Number("NRestarts") ?? 0),
            ExitCode = ended ? ExitCode(unit) : null,
            IsDone = IsDone(unit, isAwaited),
            OutOfMemory = unit["Result"] == "oom-kill",
            MemoryLimitBytes = unit.Number("MemoryMax"),
            StartedAt = ended ? unit.Time("ExecMainStartTimestamp") : unit.Time("ActiveEnterTimestamp") ?? unit.Time("ExecMainStartTimestamp"),
            FinishedAt = ended ? unit.Time("InactiveEnterTimestamp") : null,
        };
    }

    private static InstanceState State(UnitProperties unit) => (unit["ActiveState"], unit["SubState"]) switch
    {
        ("active" or "reloading" or "refreshing", _) => InstanceState.Running,
        ("activating", var step) when step.StartsWith("auto-restart", StringComparison.Ordinal) => InstanceState.Restarting,
        ("activating", _) => InstanceState.Pending,
        ("deactivating" or "maintenance", _) => InstanceState.Dead,
        ("inactive" or "failed", _) => InstanceState.Exited,
        _ => InstanceState.Unknown,
    };

    /// <summary>In systemd's words, where they say more than the state.</summary>
    private static string? Reason(UnitProperties unit, string? near)
    {
        if (unit.IsMissing) return near is null ? "there is no such unit" : $"there is no such unit; did you mean {near}?";
        if (unit.IsMasked) return "masked";
        return unit["ActiveState"] switch
        {
            "failed" => unit["Result"],
            "activating" or "deactivating" or "reloading" => unit["SubState"],
            "active" when unit["SubState"] != "running" => unit["SubState"],
            _ => null,
        };
    }

    private static int? ExitCode(UnitProperties unit) => unit.Number("ExecMainCode") switch
    {
        null or 0 => null,
        Exited => (int?)unit.Number("ExecMainStatus"),
        _ => SignalBase + (int)(unit.Number("ExecMainStatus") ?? 0),
    };

    /// <summary>
    /// A job that has run, or what a socket or timer starts when it is needed: that it does not run now is as it should be. Not so when the
    /// socket or timer is stopped, too, nor of a job that counts as running once it is done.
    /// </summary>
    private static bool IsDone(UnitProperties unit, bool isAwaited) => unit["ActiveState"] == "inactive" && unit["LoadState"] == "loaded" && unit["Result"] == "success"
        && (unit["TriggeredBy"].Length > 0 ? isAwaited : unit["Type"] == "oneshot" && unit["RemainAfterExit"] != "yes");
}
