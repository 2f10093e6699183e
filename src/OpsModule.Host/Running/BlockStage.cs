namespace OpsModule.Host.Running;

/// <summary>The pipelines of <c>&amp; { ... }</c> as the first stage of another: one after another, their objects in that order.</summary>
internal sealed class BlockStage(IReadOnlyList<IReadOnlyList<IStage>> pipelines, PassOnSink sink, Action<IReadOnlyList<IStage>> stream, PipelineRun run) : IStage
{
    private volatile bool _cancelled;

    public void Begin() { }

    public void Process(object? input)
    {
        foreach (IReadOnlyList<IStage> pipeline in pipelines)
        {
            if (_cancelled) return;
            // What ends one of them does not keep the others from being heard, as between pipelines elsewhere.
            try { stream(pipeline); }
            catch (PipelineFailedException e) when (!sink.Failed) { if (!_cancelled) run.Report(e.Error); }
        }
    }

    public void End() { }

    public void Cancel()
    {
        _cancelled = true;
        foreach (IStage stage in pipelines.SelectMany(p => p)) stage.Cancel();
    }

    public void Dispose()
    {
        foreach (IStage stage in pipelines.SelectMany(p => p)) stage.Dispose();
    }
}

/// <summary>The end of a pipeline in a block: what comes goes on to the stage behind the block.</summary>
internal sealed class PassOnSink(Action<object> next) : IStage
{
    /// <summary>True when it was a stage behind the block that could not go on.</summary>
    public bool Failed { get; private set; }

    public void Begin() { }

    public void Process(object? input)
    {
        if (input is null) return;
        try { next(input); }
        catch (PipelineFailedException)
        {
            Failed = true;
            throw;
        }
    }

    public void End() { }
}
