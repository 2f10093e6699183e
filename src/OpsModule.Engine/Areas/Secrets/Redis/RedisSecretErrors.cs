using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>The catalogue of what speaks against the rotation of a password of Redis.</summary>
public static class RedisSecretErrors
{
    private const string Page = "concepts/secrets.md#redis";

    /// <summary>The server has no such user.</summary>
    public static readonly ErrorCode RedisUserMissing = new("RedisUserMissing", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>The user is off, or takes every password.</summary>
    public static readonly ErrorCode RedisUserUnprotected = new("RedisUserUnprotected", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>What the uses say is none of the user's passwords.</summary>
    public static readonly ErrorCode RedisPasswordUnknown = new("RedisPasswordUnknown", OpsErrorCategory.InvalidData, Page);

    /// <summary><c>requirepass</c> would take passwords away that are not this secret's.</summary>
    public static readonly ErrorCode RedisPasswordsLost = new("RedisPasswordsLost", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Nothing would make the new password last beyond a restart.</summary>
    public static readonly ErrorCode RedisChangeNotKept = new("RedisChangeNotKept", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>A server that is no part of this version's plan: a cluster, one too old, one that cannot be reached.</summary>
    public static readonly ErrorCode RedisNotRotatable = new("RedisNotRotatable", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>A server that the rotation is made at is not there just now.</summary>
    public static readonly ErrorCode RedisServerMissing = new("RedisServerMissing", OpsErrorCategory.ResourceUnavailable, Page);

    /// <summary>Taking the old password away would leave the user without one that its uses know.</summary>
    public static readonly ErrorCode RedisPasswordNeeded = new("RedisPasswordNeeded", OpsErrorCategory.InvalidOperation, Page);
}
