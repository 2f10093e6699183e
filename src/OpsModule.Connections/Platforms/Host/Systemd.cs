using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Speaks with systemd through <c>systemctl</c>: reads properties, which are made for programs, and starts and stops units.</summary>
public static class Systemd
{
    private static readonly string[] Properties =
    [
        "Id", "Names", "LoadState", "ActiveState", "SubState", "Result", "Type", "UnitFileState", "TriggeredBy", "RemainAfterExit", "NRestarts", "ExecMainCode", "ExecMainStatus",
        "MainPID", "ControlGroup", "ActiveEnterTimestamp", "InactiveEnterTimestamp", "ExecMainStartTimestamp", "MemoryMax", "MemoryCurrent", "CPUUsageNSec", "TasksCurrent",
        "IOReadBytes", "IOWriteBytes", "IPIngressBytes", "IPEgressBytes",
    ];

    // Times are written in this zone; names of days are English in any case.
    internal static readonly IReadOnlyDictionary<string, string?> Plain = new Dictionary<string, string?> { ["TZ"] = "UTC", ["LC_ALL"] = "C", ["SYSTEMD_PAGER"] = "", ["SYSTEMD_COLORS"] = "0" };

    /// <summary>The properties of units. One that does not exist is told as not found; a name with wildcards stands for those that systemd has loaded.</summary>
    /// <exception cref="OpsException"><c>SystemdMissing</c>, <c>SystemdRefused</c>.</exception>
    public static async Task<IReadOnlyList<UnitProperties>> ShowAsync(IReadOnlyList<string> units, CancellationToken ct)
    {
        if (units.Count == 0) return [];
        string output = await RunAsync(["show", "--no-pager", "--property=" + string.Join(',', Properties), "--", .. units], null, ct).ConfigureAwait(false);
        return [.. output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(UnitProperties.Parse).Where(u => u.Id.Length > 0)];
    }

    /// <summary>Starts, stops or restarts a unit, and waits until that is done.</summary>
    /// <exception cref="OpsException"><c>UnitNotFound</c>, <c>UnitMasked</c>, <c>UnitDenied</c>, <c>UnitFailed</c>, and what <see cref="ShowAsync"/> throws.</exception>
    public static Task ControlAsync(string verb, string unit, CancellationToken ct) => RunAsync(["--no-ask-password", verb, "--", unit], unit, ct);

    /// <summary>The error of a unit that there is not.</summary>
    public static OpsException NotFound(string unit, string? near) => new("UnitNotFound", OpsErrorCategory.ObjectNotFound, $"systemd knows no unit {unit}.",
        near is null ? "Correct services.NAME.unit in the environment file, or install the unit and run systemctl daemon-reload." : $"Did you mean {near}?", unit);

    /// <summary>The error of a unit that must not be started.</summary>
    public static OpsException Masked(string unit) => new("UnitMasked", OpsErrorCategory.InvalidOperation, $"The unit {unit} is masked: somebody decided that it must not be started.",
        $"When that is over: systemctl unmask {unit}, then run the command again.", unit);

    private static async Task<string> RunAsync(IReadOnlyList<string> arguments, string? unit, CancellationToken ct)
    {
        try { return await ProgramRunner.RunAsync(new ProgramCall("systemctl", arguments) { Environment = Plain }, null, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId is "ProgramMissing" or "ProgramFailed") { throw Explain(e, unit); }
    }

    /// <summary>Makes of what systemctl says an error of its kind.</summary>
    public static OpsException Explain(OpsException e, string? unit)
    {
        string said = e.Message;
        if (e.ErrorId == "ProgramMissing" || Says("not been booted with systemd") || Says("Failed to connect to bus"))
            return new OpsException("SystemdMissing", OpsErrorCategory.ResourceUnavailable, "systemd does not run this machine (it may be a container), so there are no units to operate.",
                "Run the command on the host itself, or say in the environment file where the services run: platform: { compose: { file: compose.yaml } }.", unit, e);
        if (Says("Interactive authentication required") || Says("Access denied") || Says("Permission denied"))
            return new OpsException("UnitDenied", OpsErrorCategory.PermissionDenied, $"{Environment.UserName} may not do that to {unit ?? "units"}.",
                "Run the command as root, or let polkit allow the action org.freedesktop.systemd1.manage-units to this user.", unit, e);
        if (unit is not null && Says(" is masked")) return Masked(unit);
        if (unit is not null && (Says("not found") || Says("not loaded"))) return NotFound(unit, null);
        return unit is null
            ? new OpsException("SystemdRefused", OpsErrorCategory.InvalidOperation, $"systemd does not tell of its units: {said.TrimEnd('.')}.", "Mend what systemctl reports, then run the command again.", null, e)
            : new OpsException("UnitFailed", OpsErrorCategory.InvalidOperation, $"{unit} did not do what it was told: {said.Split('\n')[0].TrimEnd('.')}.",
                $"Get-OpsLog {HostService.ShortName(unit)} -Tail 50 shows what it says; Get-OpsService shows how it is.", unit, e);

        bool Says(string text) => said.Contains(text, StringComparison.OrdinalIgnoreCase);
    }
}
