using OpsModule.Engine;
using OpsModule.Host.Binding;
using OpsModule.Host.Language;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Running;

/// <summary>One of the module's cmdlets as a stage.</summary>
internal sealed class CmdletStage : IStage
{
    private readonly CmdletMetadata _metadata;
    private readonly OpsCmdlet _cmdlet;
    private readonly ParameterBinder _binder;
    private readonly PipelineRun _run;

    public CmdletStage(CmdletMetadata metadata, CommandCall call, bool expectsInput, PipelineRun run, Action<object> next)
    {
        _metadata = metadata;
        _run = run;
        _cmdlet = (OpsCmdlet)Activator.CreateInstance(metadata.Type)!;
        _binder = new ParameterBinder(metadata, _cmdlet);
        _binder.BindArguments(call.Elements, expectsInput);
        _cmdlet.Output = new HostOutput(metadata, _binder, run, next);
    }

    public void Begin() => _cmdlet.RunPhase(CmdletPhase.Begin);

    public void Process(object? input)
    {
        if (input is not null && !Bind(input)) return;
        _cmdlet.RunPhase(CmdletPhase.Process);
        _binder.ReleaseInput();
    }

    public void End() => _cmdlet.RunPhase(CmdletPhase.End);

    public void Cancel() => _cmdlet.Cancel();

    public void Dispose() => _cmdlet.Dispose();

    private bool Bind(object input)
    {
        string? problem = null;
        try
        {
            if (_binder.BindInput(input)) return true;
            problem = $"{_metadata.Name} has no parameter that takes a {input.GetType().Name} from the pipeline.";
        }
        catch (UsageException e) { problem = e.Message; }
        _binder.ReleaseInput();
        _cmdlet.Output.WriteError(new OpsException("InputObjectNotBound", OpsErrorCategory.InvalidArgument, problem,
            $"See: ops help {_metadata.Name}", input));
        return false;
    }
}
