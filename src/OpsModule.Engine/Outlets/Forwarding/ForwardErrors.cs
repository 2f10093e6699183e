using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>The catalogue of errors of sending the journal.</summary>
public static class ForwardErrors
{
    /// <summary>The store holds something else in a change's place.</summary>
    public static readonly ErrorCode ForwardConflict = new("ForwardConflict", OpsErrorCategory.ResourceExists,
        "concepts/journal.md#out-of-the-machine");
}
