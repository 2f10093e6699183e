using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>The catalogue of the schedules' errors.</summary>
public static class ScheduleErrors
{
    private const string Page = "concepts/schedules.md";

    /// <summary>The environment file has no entry of this name.</summary>
    public static readonly ErrorCode ScheduleUnknown = new("ScheduleUnknown", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>A run did not go well.</summary>
    public static readonly ErrorCode ScheduleFailed = new("ScheduleFailed", OpsErrorCategory.InvalidResult, Page);

    /// <summary>The line of an entry is no PowerShell, or cannot be run.</summary>
    public static readonly ErrorCode ScheduleLineInvalid = new("ScheduleLineInvalid", OpsErrorCategory.InvalidData, Page);

    /// <summary>What a system cannot say.</summary>
    public static readonly ErrorCode ScheduleNotExpressible = new("ScheduleNotExpressible", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>Something that the exported file needs is not known.</summary>
    public static readonly ErrorCode ScheduleIncomplete = new("ScheduleIncomplete", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>A file of this name is there, and was not exported.</summary>
    public static readonly ErrorCode ScheduleFileExists = new("ScheduleFileExists", OpsErrorCategory.ResourceExists, Page);

    /// <summary>An exported file could not be written.</summary>
    public static readonly ErrorCode ScheduleNotWritten = new("ScheduleNotWritten", OpsErrorCategory.WriteError, Page);

    /// <summary>The URL was not asked, or did not answer well.</summary>
    public static readonly ErrorCode PingFailed = new("PingFailed", OpsErrorCategory.ResourceUnavailable, Page);
}
