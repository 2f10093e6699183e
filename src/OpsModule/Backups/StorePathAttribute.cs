using System.Collections;
using System.Management.Automation;
using OpsModule.Engine.Access;
using OpsModule.Foundations.Errors;

namespace OpsModule.Backups;

/// <summary>
/// Turns what is written for a store that has no name into its location: a folder as PowerShell has it, or <c>s3://bucket/prefix</c> as it
/// is.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class StorePathAttribute : ArgumentTransformationAttribute
{
    private static readonly ProviderPathAttribute Folder = new();

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => PipedObject.Bare(inputData) switch
    {
        string text when UnnamedStore.IsBucket(text) => text,
        IList many => many.Cast<object?>().Select(item => item is null ? null : Transform(engineIntrinsics, item)).ToArray(),
        _ => Folder.Transform(engineIntrinsics, inputData),
    };

    /// <summary>The stores that are meant by names or by paths; null when neither is given.</summary>
    /// <exception cref="OpsException"><c>ParametersConflict</c>, <c>StoreFolderMissing</c>.</exception>
    internal static string[]? Meant(string[]? store, string[]? path)
    {
        if (path is null) return store;
        if (store is not null) throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
            $"-Path names {string.Join(", ", path)}, and -Store {string.Join(", ", store)}: a store has a name or a path.",
                "Leave one of them out.", path);
        return [.. path.Select(UnnamedStore.Checked)];
    }
}
