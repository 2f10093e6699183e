using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Redis.Accounts;

/// <summary>The catalogue of what goes wrong with users of a Redis server.</summary>
public static class RedisAccountErrors
{
    private const string Page = "concepts/secrets.md#redis";

    /// <summary>The user of the environment file may not administer users.</summary>
    public static readonly ErrorCode CacheRightsMissing = new("CacheRightsMissing", OpsErrorCategory.PermissionDenied, Page);

    /// <summary>What was changed would not last beyond a restart.</summary>
    public static readonly ErrorCode CacheUsersNotSaved = new("CacheUsersNotSaved", OpsErrorCategory.WriteError, Page);

    /// <summary>The server answers something that this version does not know.</summary>
    public static readonly ErrorCode CacheAnswerUnknown = new("CacheAnswerUnknown", OpsErrorCategory.InvalidData, Page);
}
