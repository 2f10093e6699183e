using System.Management.Automation;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Schedules;

namespace OpsModule.Environments;

/// <summary>
/// Tests an environment file: its form, its keys, whether the secrets, files and services it refers to are there, and whether this session
/// knows the commands that its schedule names. With -Connect it
/// also tries to reach the databases, caches, stores, health URLs, and the receivers of alerts and metrics. Emits one object for each finding, with file, line, column, what
/// was expected and the nearest valid key; a last one says so when nothing is wrong.
/// </summary>
/// <example>
/// <para>Tests the environment file here or in a parent folder.</para>
/// <code>Test-OpsEnvironment</code>
/// </example>
/// <example>
/// <para>Also tries to reach everything, and shows only what is wrong.</para>
/// <code>Test-OpsEnvironment -Connect | Where-Object Severity -eq Error</code>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsEnvironment")]
[OutputType(typeof(EnvironmentFinding))]
public sealed class TestOpsEnvironmentCommand : OpsCmdlet
{
    /// <summary>Files, or folders that hold an ops.yaml; wildcards are allowed. Found as for every other cmdlet by default.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Files and folders, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <summary>An environment from Get-OpsEnvironment, a file or a folder. The file is read again.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? Environment { get; set; }

    /// <summary>Also tries to reach the databases, caches, stores, health URLs, and the receivers of alerts and metrics. Nothing is changed or sent by that.</summary>
    [Parameter]
    public SwitchParameter Connect { get; set; }

    private object? _given;

    private protected override void Arrived()
    {
        if (Environment is not null && (Path ?? LiteralPath) is not null)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "An environment was given, and a path of one; only one of them would be tested.", "Leave one of them out.");
        _given = Environment is null ? null : Unwrap(Environment) switch
        {
            OpsEnvironment or FileSystemInfo => Unwrap(Environment),
            string path => ProviderPaths.Full(SessionState.Path, path),
            _ => throw PipedObject.IsNo("environment", Environment, "what Get-OpsEnvironment gives, a file or a folder"),
        };
    }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        string[] patterns = [.. Path ?? [], .. LiteralPath ?? []];
        object?[] given = patterns.Length > 0 ? [.. patterns.SelectMany(p => EnvironmentLocator.Match(p, Fail))] : [_given ?? ConnectedEnvironment];
        foreach (object? one in given)
        {
            if (given.Length > 1 || MyInvocation.ExpectingInput) await AttemptAsync(() => TestAsync(one, cancellationToken)).ConfigureAwait(false);
            else await TestAsync(one, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TestAsync(object? given, CancellationToken cancellationToken)
    {
        EnvironmentLoad load = given is OpsEnvironment { File: null } made
            ? EnvironmentLoad.InMemory(made)
            : EnvironmentLoader.Load(EnvironmentLocator.FindFile(given, CurrentFolder));
        IReadOnlyList<EnvironmentFinding> lines = await LinesAsync(load.Environment).WaitAsync(cancellationToken).ConfigureAwait(false);
        await foreach (EnvironmentFinding finding in EnvironmentTester.RunAsync(load, Connect, this, cancellationToken, lines))
            Emit(finding);
    }

    /// <summary>What only this session knows: whether the commands that a schedule names are there.</summary>
    private Task<IReadOnlyList<EnvironmentFinding>> LinesAsync(OpsEnvironment? environment)
    {
        var found = new TaskCompletionSource<IReadOnlyList<EnvironmentFinding>>(TaskCreationOptions.RunContinuationsAsynchronously);
        OnPipelineThread(() =>
        {
            try { found.SetResult(RunLineFindings.Of(environment, InvokeCommand)); }
            catch (Exception e) { found.SetException(e); }
        });
        return found.Task;
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? PipedReference.ToEnvironment(wrapped) ?? wrapped.BaseObject : value;
}
