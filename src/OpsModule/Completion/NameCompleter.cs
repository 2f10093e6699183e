using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using OpsModule.Engine.Completion;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Completion;

/// <summary>
/// Base of the completers: offers names of the environment that a call would operate, out of its file and of what lies on this machine. Never
/// asks, never connects, never fails; where nothing is known, or the file is wrong, nothing is offered.
/// </summary>
public abstract class NameCompleter : IArgumentCompleter
{
    // A folder on a file system that hangs must not hang who types.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            object? given = PipedObject.Bare(fakeBoundParameters["Environment"]) ?? SessionEnvironment.Of(Runspace.DefaultRunspace);
            string folder = CurrentFolder();
            Task<CompletionResult[]> found = Task.Run(() => Find(given, folder, new CompletionRequest(commandName, fakeBoundParameters), CompletionWord.Of(wordToComplete)));
            return found.Wait(Patience) ? found.Result : [];
        }
        // Whatever is wrong is told by the call itself.
        catch (Exception) { return []; }
    }

    /// <summary>What can be offered, in the order in which it is.</summary>
    /// <param name="names">The names of the environment.</param>
    /// <param name="request">What else was typed.</param>
    protected abstract IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request);

    /// <summary>What can be offered where there is no environment.</summary>
    protected virtual IEnumerable<KnownName> FindWithoutEnvironment(string folder, CompletionRequest request) => [];

    private CompletionResult[] Find(object? given, string folder, CompletionRequest request, CompletionWord word) =>
        [.. Names(given, folder, request).DistinctBy(n => n.Name).Where(n => word.Fits(n.Name)).Take(200).Select(CompletionWord.Result)];

    private IEnumerable<KnownName> Names(object? given, string folder, CompletionRequest request)
    {
        OpsEnvironment environment;
        try { environment = EnvironmentLocator.Resolve(given, folder, SilentReporter.Instance); }
        catch (OpsException) { return FindWithoutEnvironment(folder, request); }
        return Find(new KnownNames(environment), request);
    }

    private static string CurrentFolder()
    {
        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return ((PathInfo)shell.AddCommand(@"Microsoft.PowerShell.Management\Get-Location").AddParameter("PSProvider", "FileSystem").Invoke()[0].BaseObject).ProviderPath;
    }
}
