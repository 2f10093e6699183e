using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.EnvFiles;

/// <summary>The catalogue of what goes wrong with keys of env files.</summary>
public static class EnvFileErrors
{
    private const string Page = "concepts/env-files.md";

    /// <summary>An env file has no such key.</summary>
    public static readonly ErrorCode KeyMissing = new("EnvFileKeyMissing", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>What was kept for a change is not there any more.</summary>
    public static readonly ErrorCode KeptGone = new("EnvFileKeptGone", OpsErrorCategory.ObjectNotFound, Page + "#taken-back");

    /// <summary>The file is neither as it was nor as it became.</summary>
    public static readonly ErrorCode FileDiffers = new("EnvFileDiffers", OpsErrorCategory.InvalidOperation, Page + "#taken-back");

    /// <summary>A value that was handed in cannot be taken.</summary>
    public static readonly ErrorCode ValueInvalid = new("EnvFileValueInvalid", OpsErrorCategory.InvalidArgument, Page);
}
