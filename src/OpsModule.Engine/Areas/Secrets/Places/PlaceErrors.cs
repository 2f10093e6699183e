using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>The catalogue of what goes wrong with the places where a secret's value stands.</summary>
public static class PlaceErrors
{
    private const string Page = "concepts/env-files.md";

    /// <summary>What the environment file says of a place leads to none.</summary>
    public static readonly ErrorCode PlaceUnsupported = new("SecretPlaceUnsupported", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>What stands there cannot be taken for the value by itself.</summary>
    public static readonly ErrorCode PlaceUnclear = new("SecretPlaceUnclear", OpsErrorCategory.InvalidData,
        Page + "#what-stands-in-a-value");

    /// <summary>The place cannot carry the value so that it comes out as it is.</summary>
    public static readonly ErrorCode ValueNotCarried = new("SecretValueNotCarried", OpsErrorCategory.InvalidArgument,
        Page + "#values-that-no-file-carries");

    /// <summary>What stands there does not fit the text that the environment file gives.</summary>
    public static readonly ErrorCode TemplateDiffers = new("SecretTemplateDiffers", OpsErrorCategory.InvalidData, Page + "#inside-a-url");

    /// <summary>A variable that is read at the first start of a server alone.</summary>
    public static readonly ErrorCode FirstStartOnly = new("SecretFirstStartOnly", OpsErrorCategory.InvalidOperation,
        Page + "#variables-that-count-at-the-first-start");

    /// <summary>A variable of this shell that counts more than the place.</summary>
    public static readonly ErrorCode ShellOverrides = new("SecretShellOverrides", OpsErrorCategory.InvalidOperation,
        Page + "#who-gets-a-value");

    /// <summary>A value that is built into an image, without saying so.</summary>
    public static readonly ErrorCode BuiltIn = new("SecretBuiltIn", OpsErrorCategory.InvalidOperation, Page + "#values-that-are-built-in");
}
