using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>The catalogue of the area's errors.</summary>
public static class RetentionErrors
{
    /// <summary>The environment file does not say how long backups are kept.</summary>
    public static readonly ErrorCode RetentionMissing = new("RetentionMissing", OpsErrorCategory.InvalidOperation, "concepts/retention.md");

    /// <summary>It cannot be told how old backups are.</summary>
    public static readonly ErrorCode ClockUncertain = new("ClockUncertain", OpsErrorCategory.InvalidOperation,
        "concepts/retention.md#clocks");

    /// <summary>Some backups that were to go could not be removed.</summary>
    public static readonly ErrorCode RetentionIncomplete = new("RetentionIncomplete", OpsErrorCategory.WriteError, "concepts/retention.md");
}
