using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine;
using OpsModule.Engine.Alerts;
using OpsModule.Engine.Environments;

namespace OpsModule;

/// <summary>Base of the cmdlets that operate an environment: finds it and builds the context the engine's services take.</summary>
public abstract class OpsEnvironmentCmdlet : OpsCmdlet
{
    private OpsContext? _context;
    private object? _contextOf;
    private readonly Dictionary<OpsContext, OutcomeReporter> _reporters = [];

    /// <summary>
    /// The environment: a path of an ops.yaml, a folder that holds one, or an object from Get-OpsEnvironment. Without it the
    /// session's Connect-OpsEnvironment counts, then $env:OPS_ENVIRONMENT, then ops.yaml here or in a parent folder.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(EnvironmentCompleter))]
    public object? Environment { get; set; }

    /// <summary>The environment that came through the pipeline, for cmdlets that take it from there.</summary>
    protected virtual object? PipedEnvironment => null;

    /// <summary>The context of this call, made at its first use; one of its own for each environment that is piped in.</summary>
    protected OpsContext Context
    {
        get
        {
            object? given = PipedEnvironment ?? Unwrap(Environment) ?? ConnectedEnvironment;
            if (_context is not null && Equals(_contextOf, given)) return _context;
            _contextOf = given;
            return _context = OpsContextFactory.Create(EnvironmentLocator.Resolve(given, CurrentFolder, this), this);
        }
    }

    /// <summary>The environment, for cmdlets that work without one, too; null where none is named and none is found, or the one that is found cannot be read.</summary>
    protected OpsEnvironment? EnvironmentIfAny
    {
        get
        {
            try
            {
                return Context.Environment;
            }
            catch (OpsException e) when (Unwrap(Environment) is null && ConnectedEnvironment is null)
            {
                // One that nobody named is no reason to stop, but whoever keeps settings there must know.
                if (e.ErrorId != "EnvironmentNotFound") Warning($"{e.Message} Settings of this environment are not used.");
                return null;
            }
        }
    }

    /// <summary>Tells receivers and metrics of the environment what happens, beside the work.</summary>
    protected OutcomeReporter Outcomes => _reporters.TryGetValue(Context, out OutcomeReporter? reporter) ? reporter : _reporters[Context] = new OutcomeReporter(Context);

    /// <summary>Runs a job and tells how it ended, well, badly or stopped; not with -WhatIf, and not when it gives null because the person declined.</summary>
    protected Task<T> ObserveAsync<T>(ObservedJob job, Func<Task<T>> body, IReadOnlyCollection<OpsException>? partly = null) =>
        IsWhatIf ? body() : Outcomes.RunAsync(job, body, partly);

    /// <summary>Runs what comes before jobs themselves, such as a plan, and tells under the name of each when it fails: none of them began.</summary>
    protected Task<T> ObserveBeginningAsync<T>(IReadOnlyList<ObservedJob> jobs, Func<Task<T>> body, Func<T, IEnumerable<string>>? begun = null) =>
        IsWhatIf ? body() : Outcomes.BeginAsync(jobs, body, begun);

    /// <summary>What is still on its way to receivers may take its time, which is bounded.</summary>
    protected override Task SettleAsync() => Task.WhenAll(_reporters.Values.Select(r => r.FlushAsync()));

    /// <summary>A pipeline that breaks off between two inputs comes to no end phase.</summary>
    protected override void Dispose(bool disposing)
    {
        try
        {
            if (disposing) SettleAsync().GetAwaiter().GetResult();
        }
        finally { base.Dispose(disposing); }
    }

    /// <summary>PowerShell hands objects over in a wrapper; this takes it off.</summary>
    protected static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
