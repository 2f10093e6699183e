namespace OpsModule.Engine.Areas.Schedules;

/// <summary>How an entry of the schedule is.</summary>
public enum ScheduleStatus
{
    /// <summary>The last run that was due has ended well.</summary>
    OnTime,
    /// <summary>No run was due yet since the entry was first seen.</summary>
    Waiting,
    /// <summary>A run is under way.</summary>
    Running,
    /// <summary>Since when the entry stands cannot be told, and it has never run well.</summary>
    Unknown,
    /// <summary>The last run did not end well; the next one is not overdue.</summary>
    Failed,
    /// <summary>A run was due, its time of grace is over, and none has ended well since.</summary>
    Overdue,
}
