using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.KeySets;

/// <summary>The catalogue of what goes wrong with places that hold several values.</summary>
public static class KeySetErrors
{
    private const string Page = "concepts/keys.md";

    /// <summary>What stands in a place is no set of keys, or lacks the one that counts.</summary>
    public static readonly ErrorCode KeySetUnreadable = new("KeySetUnreadable", OpsErrorCategory.InvalidData, Page + "#places");

    /// <summary>A place lists several keys, and nothing tells which one is meant.</summary>
    public static readonly ErrorCode ApiKeyAmbiguous = new("ApiKeyAmbiguous", OpsErrorCategory.InvalidData, Page + "#a-list");
}
