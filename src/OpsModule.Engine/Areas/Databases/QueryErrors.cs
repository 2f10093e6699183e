using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Databases;

/// <summary>The catalogue of the errors of queries.</summary>
public static class QueryErrors
{
    private const string Page = "concepts/queries.md";

    /// <summary>A statement would change something in a session that only reads.</summary>
    public static readonly ErrorCode QueryWrites = new("QueryWrites", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>A name that means several databases or tenants.</summary>
    public static readonly ErrorCode QueryTargetAmbiguous = new("QueryTargetAmbiguous", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>A text of several statements.</summary>
    public static readonly ErrorCode QueryManyStatements = new("QueryManyStatements", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>A statement that would end the transaction that it runs in, or that is none for this cmdlet.</summary>
    public static readonly ErrorCode QueryNotAllowed = new("QueryNotAllowed", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>A parameter that the statement does not name, or a value that the server has no type for.</summary>
    public static readonly ErrorCode QueryParameterInvalid = new("QueryParameterInvalid", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>The server refuses the statement.</summary>
    public static readonly ErrorCode QueryFailed = new("QueryFailed", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>It took longer than it may.</summary>
    public static readonly ErrorCode QueryTimedOut = new("QueryTimedOut", OpsErrorCategory.OperationTimeout, Page);

    /// <summary>It changed more rows than it may.</summary>
    public static readonly ErrorCode QueryTooManyRows = new("QueryTooManyRows", OpsErrorCategory.InvalidResult, Page);

    /// <summary>The server does not count what it changes.</summary>
    public static readonly ErrorCode QueryRowsUncounted = new("QueryRowsUncounted", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>It was committed, and the journal could not be told.</summary>
    public static readonly ErrorCode QueryCommitUnrecorded = new("QueryCommitUnrecorded", OpsErrorCategory.WriteError, Page);

    /// <summary>The connection was lost in the commit.</summary>
    public static readonly ErrorCode QueryCommitUnknown = new("QueryCommitUnknown", OpsErrorCategory.ResourceUnavailable, Page);
}
