using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule;

/// <summary>Base of the cmdlets that operate an environment: finds it and builds the context the engine's services take.</summary>
public abstract partial class OpsEnvironmentCmdlet : OpsCmdlet
{
    private OpsContext? _context;
    private readonly List<OpsContext> _contexts = [];
    private object? _contextOf, _named, _piped;
    private bool _isNamed;
    private PipelineParameters? _parameters;
    private readonly Dictionary<OpsContext, OutcomeReporter> _reporters = [];
    private bool _isPlan;

    /// <summary>
    /// The environment: a path of an ops.yaml, a folder that holds one, or an object from Get-OpsEnvironment. Without it the
    /// session's Connect-OpsEnvironment counts, then $env:OPS_ENVIRONMENT, then ops.yaml here or in a parent folder. Environments that are
    /// piped in are operated one after another, and one that fails does not stop the others.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(EnvironmentCompleter))]
    public object? Environment { get; set; }

    /// <summary>True when the object that was piped in is an environment, or its file.</summary>
    protected bool IsEnvironment => _piped is not null;

    /// <summary>True for cmdlets that read files of the pipeline: there a file is none of an environment.</summary>
    private protected virtual bool ReadsFiles => false;

    /// <inheritdoc/>
    protected sealed override string? EmittedEnvironment => _context?.Environment.Name;

    /// <summary>The context of this call, made at its first use; one of its own for each environment that is piped in.</summary>
    protected OpsContext Context
    {
        get
        {
            object? given = _piped ?? _named ?? ConnectedEnvironment;
            if (_context is not null && (ReferenceEquals(_context, given) || Equals(_contextOf, given))) return _context;
            _context = OpsContextFactory.Create(LoggedIn(EnvironmentLocator.Resolve(given, CurrentFolder, this)), this);
            _contextOf = given;
            _contexts.Add(_context);
            return _context;
        }
    }

    /// <summary>Goes on in the context of an environment that was piped in before, for what is done when all of them are known.</summary>
    private protected void GoOnIn(OpsContext context) => (_context, _contextOf, _piped) = (context, context, context);

    private protected override void Given()
    {
        _parameters = new PipelineParameters(this);
        _isNamed = IsBound(nameof(Environment));
        if (!_isNamed) return;
        _named = Located(Environment) ?? Unwrap(Environment) ?? throw new OpsException("EnvironmentInvalid", OpsErrorCategory.InvalidArgument, "-Environment was given without a value.", "Name a file or a folder, or leave it out.");
        if (_named is System.Collections.IList)
            throw new OpsException("EnvironmentInvalid", OpsErrorCategory.InvalidArgument, "Several environments were given to -Environment, which takes one.", $"Pipe them: Get-OpsEnvironment A, B | {MyInvocation.MyCommand.Name} ...");
    }

    private protected override void Arrived()
    {
        _piped = null;
        if (!MyInvocation.ExpectingInput || TakePlan()) return;
        if (_isNamed && _parameters!.HoldAnEnvironment())
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "An environment was piped in, and -Environment names one; both were given.", "Leave one of them out.");
        if (_isNamed) return;
        bool alone = !_parameters!.TakeObjects;
        if (Environment is not null) TakeEnvironment(alone);
        if (_piped is not null)
        {
            _parameters.Restore();
            return;
        }
        bool isTaken = alone ? Environment is null : _parameters.TakeObjectsIn(ParameterSetName);
        if (isTaken || _parameters.TookAny()) return;
        if (alone) throw PipedObject.IsNo("environment", Environment!, "what Get-OpsEnvironment gives, or a path of an ops.yaml or its folder");
        // -Environment takes every object, so PowerShell itself does not see that no other parameter does. Nothing of what comes would be looked at: it ends here.
        ThrowTerminatingError(OpsErrors.ToRecord(new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
            $"Something was piped in, and the parameters that {MyInvocation.MyCommand.Name} was given leave no place for it.", "Pipe nothing but environments, or leave those parameters out.")));
    }

    private void TakeEnvironment(bool alone)
    {
        object? piped = Unwrap(Environment);
        if (piped is OpsEnvironment || (piped is FileSystemInfo && !ReadsFiles) || (piped is string && alone) || (Environment is PSObject bag && PipedReference.ToEnvironment(bag) is not null)) _piped = Located(Environment);
    }

    /// <summary>Of several environments one that fails is one failed item.</summary>
    private protected override Task RunOneAsync(CancellationToken cancellationToken)
    {
        if (!_isPlan) return IsEnvironment ? AttemptAsync(() => base.RunOneAsync(cancellationToken)) : base.RunOneAsync(cancellationToken);
        Verbose($"A plan was piped in, of which nothing has been done; there is nothing for {MyInvocation.MyCommand.Name} to take.");
        return Task.CompletedTask;
    }

    /// <summary>Refuses what says that it is of another environment: what has the same name here would be taken for it.</summary>
    /// <exception cref="OpsException"><c>EnvironmentDiffers</c>.</exception>
    private protected void CheckPipedIsOfThis()
    {
        if (MyInvocation.ExpectingInput && !IsEnvironment) CheckIsOfThis(Environment);
    }

    /// <summary>Refuses an object of another environment than the one of this call.</summary>
    /// <exception cref="OpsException"><c>EnvironmentDiffers</c>.</exception>
    private protected void CheckIsOfThis(object? piped)
    {
        if (PipedObject.Text(piped, nameof(Environment)) is not { } said || said.Equals(Context.Environment.Name, StringComparison.OrdinalIgnoreCase)) return;
        throw new OpsException("EnvironmentDiffers", OpsErrorCategory.InvalidArgument, $"What was piped in is of environment {said}, and this call is of environment {Context.Environment.Name}.",
            $"Name that environment with -Environment, or pipe it instead: Get-OpsEnvironment PATH | {MyInvocation.MyCommand.Name} ...", piped);
    }

    /// <summary>Refuses what is of another name than a parameter says: PowerShell keeps the parameter, and what was piped in would be passed over.</summary>
    /// <exception cref="OpsException"><c>ParametersConflict</c>.</exception>
    private protected static void CheckAgrees(string? said, string what, string parameter, IReadOnlyList<string>? written, StringComparison comparison = StringComparison.OrdinalIgnoreCase)
    {
        if (said is null || written?.All(w => w.Equals(said, comparison)) is not false) return;
        throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, $"What was piped in is of {what} {said}, and -{parameter} names {string.Join(", ", written)}.", "Leave one of them out.", said);
    }

    private OpsEnvironment LoggedIn(OpsEnvironment environment) => this is ICredentialCmdlet { Credential: { } credential }
        ? environment.As(credential.UserName, credential.GetNetworkCredential().Password) : environment;

    private object? Located(object? value) => Unwrap(value) switch
    {
        OpsEnvironment environment => environment,
        FileSystemInfo file => file,
        string path => ProviderPaths.Full(SessionState.Path, path),
        _ => null,
    };

    /// <summary>The environment, for cmdlets that work without one, too; null where none is named and none is found, or the one that is found cannot be read.</summary>
    protected OpsEnvironment? EnvironmentIfAny
    {
        get
        {
            try
            {
                return Context.Environment;
            }
            catch (OpsException e) when (_piped is null && _named is null && ConnectedEnvironment is null)
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
        finally
        {
            if (disposing) _contexts.ForEach(c => c.Dispose());
            base.Dispose(disposing);
        }
    }

    /// <summary>PowerShell hands objects over in a wrapper; this takes it off.</summary>
    /// <remarks>An environment out of a job, another session or a file is read anew from the file that it names.</remarks>
    protected static object? Unwrap(object? value) => value is PSObject wrapped ? PipedReference.ToEnvironment(wrapped) ?? wrapped.BaseObject : value;
}
