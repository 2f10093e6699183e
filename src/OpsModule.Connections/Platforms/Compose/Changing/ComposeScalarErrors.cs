using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Compose.Changing;

/// <summary>The catalogue of what goes wrong with a value that stands in a compose file.</summary>
public static class ComposeScalarErrors
{
    private const string Page = "concepts/env-files.md#values-in-a-compose-file";

    /// <summary>The value does not stand there.</summary>
    public static readonly ErrorCode ScalarMissing = new("ComposeScalarMissing", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>It stands there in a way in which it cannot be changed alone.</summary>
    public static readonly ErrorCode ScalarUnclear = new("ComposeScalarUnclear", OpsErrorCategory.InvalidData, Page);
}
