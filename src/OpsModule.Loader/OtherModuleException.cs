using System.Management.Automation;
using System.Reflection;

namespace OpsModule.Loader;

/// <summary>A session holds the cmdlets of one version; .NET cannot load those of another beside them, nor give up the first.</summary>
internal sealed class OtherModuleException(Assembly loaded, string folder, Version own) : InvalidOperationException(
    $"OpsModule {loaded.GetName().Version!.ToString(3)} of {Path.GetDirectoryName(loaded.Location)} is loaded in this session already, another build than {own.ToString(3)} of {folder}. Start a new session for that one."),
    IContainsErrorRecord
{
    /// <inheritdoc/>
    public ErrorRecord ErrorRecord => new(new ParentContainsErrorRecordException(this), "OtherModuleLoaded", ErrorCategory.ResourceExists, loaded.Location)
    {
        ErrorDetails = new ErrorDetails(Message) { RecommendedAction = "Start a new PowerShell session and import the module there." },
    };
}
