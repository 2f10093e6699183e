using System.Collections;
using System.Management.Automation;
using OpsModule.Foundations.Files;

namespace OpsModule;

/// <summary>
/// Turns what a person or a pipeline gives for a file or a folder into a full path of the file system: text, a FileInfo or a DirectoryInfo, one or
/// several. It runs while the parameter is bound, and so on the pipeline thread and in the folder where the command was written.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ProviderPathAttribute : ArgumentTransformationAttribute
{
    /// <summary>For paths that are read and may hold wildcards: what is literal is marked by backticks, which the reader of patterns takes off.</summary>
    public bool Wildcards { get; init; }

    /// <summary>No character of the text is a wildcard.</summary>
    public bool Literal { get; init; }

    /// <summary>A minus alone is standard input.</summary>
    public bool StandardInput { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? given = PipedObject.Bare(inputData);
        return given switch
        {
            null => null,
            string or FileSystemInfo => One(engineIntrinsics, inputData),
            IList many => many.Cast<object?>().Select(item => One(engineIntrinsics, item)).ToArray(),
            _ => One(engineIntrinsics, inputData),
        };
    }

    private string? One(EngineIntrinsics engine, object? item)
    {
        object? given = PipedObject.Bare(item);
        if (given is null || (given is string text && (text.Length == 0 || (StandardInput && text == "-")))) return given as string;
        PathIntrinsics session = engine.SessionState.Path;
        if (!Wildcards && given is FileSystemInfo file) return file.FullName;
        if (!Wildcards && given is string plain) return ProviderPaths.Full(session, plain);
        // A number that was written for a name is one; any other object that is no file is a slip.
        string pattern = ProviderPaths.Pattern(session, given is IConvertible and not string ? given.ToString() : item, Literal)
            ?? throw new PSInvalidCastException($"A {PipedObject.TypeName(item!)} is no file and no folder. Give a path, or what Get-Item and Get-ChildItem give.");
        return Wildcards ? pattern : PathPattern.Unescape(pattern);
    }
}
