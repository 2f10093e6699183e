namespace OpsModule.Engine.Areas.Configuration.Sources;

/// <summary>A file or folder that belongs to the configuration, and who says so.</summary>
/// <param name="Path">Its full path without links, which may have wildcards where the environment file gives them.</param>
/// <param name="Why">Where it is named: <c>platform.compose.file</c>.</param>
internal sealed record ConfigurationSource(string Path, string Why)
{
    /// <summary>True when what is in a folder belongs to it.</summary>
    public bool TakesFolders { get; init; }

    /// <summary>True when it may have wildcards.</summary>
    public bool IsPattern { get; init; }

    /// <summary>True when the whole of a file is one secret.</summary>
    public bool IsSecret { get; init; }

    /// <summary>True when it need not be there.</summary>
    public bool IsOptional { get; init; }
}
