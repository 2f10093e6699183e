using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services.Reaching;

/// <summary>The catalogue of the errors of ways into services.</summary>
public static class ReachErrors
{
    private const string Page = "concepts/services.md#ways-into-a-service";

    /// <summary>One service was expected, and several are meant.</summary>
    public static readonly ErrorCode ServiceAmbiguous = new("ServiceAmbiguous", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>A way that was open leads nowhere any more.</summary>
    public static readonly ErrorCode ConnectionEnded = new("ConnectionEnded", OpsErrorCategory.ResourceUnavailable, Page);

    /// <summary>There is no terminal to give to a program.</summary>
    public static readonly ErrorCode TerminalMissing = new("TerminalMissing", OpsErrorCategory.InvalidOperation, Page);
}
