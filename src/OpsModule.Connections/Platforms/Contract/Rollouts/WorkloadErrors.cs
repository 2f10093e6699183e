using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>The catalogue of what goes wrong with workloads of a cluster that are changed.</summary>
public static class WorkloadErrors
{
    private const string Page = "concepts/rollouts.md#kubernetes";

    /// <summary>No controller replaces its instances.</summary>
    public static readonly ErrorCode WorkloadUnsupported = new("WorkloadUnsupported", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Somebody else has changed it since it was looked at.</summary>
    public static readonly ErrorCode WorkloadMoved = new("WorkloadMoved", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>The revision is not kept any more.</summary>
    public static readonly ErrorCode RevisionGone = new("RevisionGone", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>It has no container of that name, or several could be meant.</summary>
    public static readonly ErrorCode WorkloadContainerUnknown = new("WorkloadContainerUnknown", OpsErrorCategory.InvalidArgument, Page);
}
