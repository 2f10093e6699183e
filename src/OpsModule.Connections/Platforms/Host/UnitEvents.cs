using System.Globalization;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Tells of the starts and ends of units, from what systemd writes to the journal; each kind of message has a number of its own.</summary>
public static class UnitEvents
{
    private const string Started = "39f53479d3a045ac8e11786248231fbf", NotStarted = "be02cf6855d2428ba40df7e9d022f03d", ProcessExit = "98e322203f7a4ed290d09fe03c09fe15",
        Succeeded = "7ad2d189f7e94e70a38c781354912448", Failed = "d9b373ed55a64feb8242e02dbe79a49c", RestartScheduled = "5eb03494b6584870a536b337290809b3",
        Reloaded = "7b05ebc668384222baa8881179cfda54", OutOfMemory = "fe6faa94e7774663a0da52717891d8ef", OomdKill = "d989611b15e44c9dbf31e3c81256e4ed";

    private const string Fields = "MESSAGE,MESSAGE_ID,UNIT,COMMAND,EXIT_CODE,EXIT_STATUS,UNIT_RESULT,JOB_RESULT,N_RESTARTS";

    /// <summary>Reads them.</summary>
    /// <param name="services">Whose; a unit that none of them holds is left out.</param>
    /// <param name="since">From then on.</param>
    /// <param name="until">Up to then; null goes on with what happens.</param>
    /// <param name="take">Takes each.</param>
    /// <param name="ct">Ends the reading.</param>
    public static Task ReadAsync(IReadOnlyList<HostService> services, DateTimeOffset since, DateTimeOffset? until, Func<PlatformEvent, ValueTask> take, CancellationToken ct)
    {
        string[] kinds = [Started, NotStarted, ProcessExit, Succeeded, Failed, RestartScheduled, Reloaded, OutOfMemory, OomdKill];
        return SystemdJournal.ReadAsync([.. kinds.Select(k => "MESSAGE_ID=" + k)], Fields, new LogRequest(since, until, Follow: until is null), entry =>
        {
            if (entry["UNIT"] is not { } unit || services.FirstOrDefault(s => s.Holds(unit)) is not { } service) return ValueTask.CompletedTask;
            return entry.Time >= since && !(entry.Time > until) && Read(entry, service.Name, unit) is { } happened ? take(happened) : ValueTask.CompletedTask;
        }, ct);
    }

    /// <summary>One event; null for what another one says already.</summary>
    public static PlatformEvent? Read(SystemdEntry entry, string service, string unit)
    {
        int? status = int.TryParse(entry["EXIT_STATUS"], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        (PlatformEventKind Kind, string Message, int? ExitCode)? told = entry["MESSAGE_ID"] switch
        {
            Started => (PlatformEventKind.Started, "started", null),
            NotStarted => (PlatformEventKind.Warning, $"could not be started ({entry["JOB_RESULT"] ?? "failed"})", null),
            // The end of what only prepares a start or a stop is not the end of the service.
            ProcessExit when entry["COMMAND"] is null or "ExecStart" => entry["EXIT_CODE"] == "exited"
                ? (PlatformEventKind.Died, $"ended with exit code {status}", status) : (PlatformEventKind.Died, $"was ended by signal {status}", 128 + status),
            Succeeded => (PlatformEventKind.Died, "ended well", null),
            OutOfMemory or OomdKill => (PlatformEventKind.OutOfMemory, "a process was ended for want of memory", null),
            Failed when entry["UNIT_RESULT"] is { } result and not ("exit-code" or "signal" or "core-dump" or "oom-kill") => (PlatformEventKind.Warning, $"failed: {result}", null),
            RestartScheduled => (PlatformEventKind.Other, $"is started again (restart {entry["N_RESTARTS"]})", null),
            Reloaded => (PlatformEventKind.Other, "read its configuration again", null),
            _ => null,
        };
        return told is { } known ? new PlatformEvent(entry.Time, known.Kind, service, unit, known.Message, known.ExitCode) : null;
    }
}
