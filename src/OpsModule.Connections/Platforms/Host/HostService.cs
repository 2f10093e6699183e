using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>What a service is on a host: a systemd unit, the instances of a template, or a process that something else looks after.</summary>
/// <param name="Name">The service.</param>
/// <param name="Unit">The unit's name, with <c>*</c> where it stands for several; null for a process.</param>
/// <param name="Process">The program's full path; null otherwise.</param>
/// <param name="PidFile">The file that holds the process's number; null otherwise.</param>
public sealed record HostService(string Name, string? Unit, string? Process = null, string? PidFile = null)
{
    private const string Suffix = ".service";

    /// <summary>A service of the environment file; without a word about it, it is the unit of its name.</summary>
    public static HostService Of(ServiceOptions settings) => settings.Process is not null || settings.PidFile is not null
        ? new HostService(settings.Name, null, settings.Process, settings.PidFile)
        : new HostService(settings.Name, FullName(settings.Unit ?? settings.Name));

    /// <summary>A unit that the environment file does not name.</summary>
    public static HostService Of(string unit) => new(ShortName(unit), unit);

    /// <summary>True when the unit's name stands for several units.</summary>
    public bool IsPattern => Unit is not null && Unit.AsSpan().ContainsAny('*', '?');

    /// <summary>What comes before and after the instance's name of a template (<c>worker@*.service</c>); null when it is none.</summary>
    public (string Before, string After)? Template => Unit?.IndexOf("@*.", StringComparison.Ordinal) is >= 0 and var at ? (Unit[..(at + 1)], Unit[(at + 2)..]) : null;

    /// <summary>True for one of its units.</summary>
    public bool Holds(string unit) => Unit == unit || (IsPattern && System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Unit!, unit, ignoreCase: false));

    /// <summary>A unit's name with the kind of unit, as systemctl completes it.</summary>
    public static string FullName(string unit) => unit.Contains('.') ? unit : unit + Suffix;

    /// <summary>A unit's name as people say it.</summary>
    public static string ShortName(string unit) => unit.EndsWith(Suffix, StringComparison.Ordinal) ? unit[..^Suffix.Length] : unit;
}
