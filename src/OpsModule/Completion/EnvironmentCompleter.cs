using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using OpsModule.Engine.Environments;

namespace OpsModule.Completion;

/// <summary>Completes paths, and folders with an environment file in them before all others.</summary>
public sealed class EnvironmentCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            return [.. CompletionCompleters.CompleteFilename(wordToComplete).Select(Described).Where(c => c.IsWanted).OrderBy(c => c.IsEnvironment ? 0 : 1).Select(c => c.Result)];
        }
        catch (Exception) { return []; }
    }

    private static (CompletionResult Result, bool IsEnvironment, bool IsWanted) Described(CompletionResult path)
    {
        // The tooltip is the full path.
        bool isFolder = path.ResultType == CompletionResultType.ProviderContainer;
        bool isEnvironment = isFolder ? EnvironmentLocator.FileNames.Any(n => File.Exists(Path.Combine(path.ToolTip, n))) : path.ListItemText.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.ListItemText.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
        return (path, isEnvironment, isFolder || isEnvironment);
    }
}
