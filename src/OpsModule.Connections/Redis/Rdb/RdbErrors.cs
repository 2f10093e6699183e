using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Redis.Rdb;

/// <summary>The catalogue of what is wrong with an RDB file or stream.</summary>
public static class RdbErrors
{
    private const string Page = "concepts/caches.md#what-is-checked";

    /// <summary>It ends before its end.</summary>
    public static readonly ErrorCode RdbTruncated = new("RdbTruncated", OpsErrorCategory.InvalidData, Page) { IsOfTheSource = true };

    /// <summary>It holds what no server writes, or its checksum is not that of its bytes.</summary>
    public static readonly ErrorCode RdbDamaged = new("RdbDamaged", OpsErrorCategory.InvalidData, Page) { IsOfTheSource = true };

    /// <summary>It is of a version, or holds a type, that this module does not know.</summary>
    public static readonly ErrorCode RdbUnknown = new("RdbUnknown", OpsErrorCategory.InvalidData, Page);
}
