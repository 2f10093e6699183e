using OpsModule.Engine;

namespace OpsModule.Host.Running;

/// <summary>Ends a pipeline with a terminating error.</summary>
internal sealed class PipelineFailedException(OpsException error) : Exception(error.Message, error)
{
    public OpsException Error { get; } = error;
}

/// <summary>A stage has all it wants: the stages before it stop at once, the others end as usual.</summary>
internal sealed class StopUpstreamException(IStage wantsNoMore) : Exception
{
    public IStage Stage { get; } = wantsNoMore;
}
