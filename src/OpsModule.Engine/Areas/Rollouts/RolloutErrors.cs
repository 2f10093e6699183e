using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts;

/// <summary>The catalogue of what goes wrong when a service is brought out.</summary>
public static class RolloutErrors
{
    private const string Page = "concepts/rollouts.md";

    /// <summary>Nothing can be brought out here: the platform makes no instances.</summary>
    public static readonly ErrorCode RolloutUnsupported = new("RolloutUnsupported", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Something of the service, or of what was asked for, forbids it.</summary>
    public static readonly ErrorCode RolloutRefused = new("RolloutRefused", OpsErrorCategory.InvalidOperation, Page + "#before-it-starts");

    /// <summary>Another machine, or another state folder, brings the service out.</summary>
    public static readonly ErrorCode RolloutUnderWay = new("RolloutUnderWay", OpsErrorCategory.ResourceUnavailable, Page
        + "#one-at-a-time");

    /// <summary>A new instance ended by itself.</summary>
    public static readonly ErrorCode InstanceCrashed = new("InstanceCrashed", OpsErrorCategory.InvalidOperation, Page + "#when-it-fails");

    /// <summary>A new instance was not ready in time.</summary>
    public static readonly ErrorCode InstanceNotReady = new("InstanceNotReady", OpsErrorCategory.OperationTimeout, Page + "#when-it-fails");

    /// <summary>The proxy has no new instance, or refused it.</summary>
    public static readonly ErrorCode ProxyNotProven = new("ProxyNotProven", OpsErrorCategory.OperationTimeout, Page + "#when-it-fails");

    /// <summary>What was brought out failed while it was watched.</summary>
    public static readonly ErrorCode WatchFailed = new("WatchFailed", OpsErrorCategory.InvalidOperation, Page + "#watching");

    /// <summary>What is run once with an update has failed.</summary>
    public static readonly ErrorCode MigrationFailed = new("MigrationFailed", OpsErrorCategory.InvalidOperation, Page + "#migrations");

    /// <summary>The image is for another kind of machine.</summary>
    public static readonly ErrorCode ImageOfOtherArchitecture = new("ImageOfOtherArchitecture", OpsErrorCategory.InvalidArgument, Page
        + "#before-it-starts");

    /// <summary>The image is not what was planned, or is gone.</summary>
    public static readonly ErrorCode ImageChanged = new("ImageChanged", OpsErrorCategory.InvalidOperation, Page + "#before-it-starts");

    /// <summary>The service's files were changed while it was brought out.</summary>
    public static readonly ErrorCode FilesChanged = new("FilesChanged", OpsErrorCategory.InvalidOperation, Page + "#when-it-fails");

    /// <summary>There is no such revision, or none to go back to.</summary>
    public static readonly ErrorCode RevisionNotFound = new("RevisionNotFound", OpsErrorCategory.ObjectNotFound, Page + "#revisions");

    /// <summary>What is kept of a revision cannot be read.</summary>
    public static readonly ErrorCode RevisionUnreadable = new("RevisionUnreadable", OpsErrorCategory.InvalidData, Page + "#revisions");

    /// <summary>Instances are there that somebody else has brought out meanwhile.</summary>
    public static readonly ErrorCode ForeignInstances = new("ForeignInstances", OpsErrorCategory.InvalidOperation, Page
        + "#one-at-a-time");

    /// <summary>The service is not as it was before, and what to do is said.</summary>
    public static readonly ErrorCode RollbackFailed = new("RollbackFailed", OpsErrorCategory.InvalidOperation, Page + "#when-it-fails");
}
