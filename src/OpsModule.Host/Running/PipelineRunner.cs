using OpsModule.Engine;
using OpsModule.Engine.Environments;
using OpsModule.Host.Language;
using OpsModule.Host.Metadata;
using OpsModule.Host.Writing;

namespace OpsModule.Host.Running;

/// <summary>Runs pipelines: binds every command first, then streams objects from the first to the last.</summary>
internal sealed class PipelineRunner(CommandTable table, PipelineRun run)
{
    private volatile IReadOnlyList<IStage> _stages = [];
    private volatile bool _cancelled;

    /// <summary>The exit code of a program that was interrupted from the keyboard.</summary>
    public const int Interrupted = 130;

    /// <summary>True once <see cref="Cancel"/> was called.</summary>
    public bool Cancelled => _cancelled;

    /// <summary>Runs the pipelines of a text; what the last command of each emits goes to <paramref name="sink"/>.</summary>
    /// <returns>0, 1 when an error was written, what a bad result asks for (1 unless it is said to be more), 130 when it was cancelled.</returns>
    /// <exception cref="UsageException">A command or parameter is unknown or does not fit; its pipeline has not begun.</exception>
    public int Run(IReadOnlyList<IReadOnlyList<CommandCall>> pipelines, IStage sink)
    {
        foreach (IReadOnlyList<CommandCall> pipeline in pipelines)
        {
            if (_cancelled) break;
            RunOne(pipeline, sink);
        }
        sink.End();
        if (!_cancelled) return run.ExitCode;
        if (!run.StopExplained) run.Warn("Stopped. What was finished before stays, and nothing was left half done.");
        return run.StoppedWith;
    }

    /// <summary>Binds every command of the pipelines and runs none.</summary>
    /// <exception cref="UsageException">One of them does not fit.</exception>
    public void Check(IReadOnlyList<IReadOnlyList<CommandCall>> pipelines)
    {
        foreach (IReadOnlyList<CommandCall> pipeline in pipelines)
            foreach (IStage stage in Build(pipeline, new ListSink())) stage.Dispose();
    }

    /// <summary>Cancels the running commands; <see cref="Run"/> returns when they have cleaned up.</summary>
    public void Cancel(int exitCode = Interrupted)
    {
        run.Stop(exitCode);
        _cancelled = true;
        foreach (IStage stage in _stages) stage.Cancel();
    }

    private void RunOne(IReadOnlyList<CommandCall> pipeline, IStage sink)
    {
        List<IStage> stages = Build(pipeline, sink);
        _stages = stages;
        if (_cancelled) Cancel(run.StoppedWith);
        try { Stream(stages); }
        catch (PipelineFailedException e) { if (!_cancelled) run.Report(e.Error); }
        finally
        {
            _stages = [];
            foreach (IStage stage in stages) stage.Dispose();
        }
    }

    private List<IStage> Build(IReadOnlyList<CommandCall> pipeline, IStage sink)
    {
        var stages = new List<IStage>();
        IStage next = sink;
        try
        {
            for (int i = pipeline.Count - 1; i >= 0; i--)
            {
                IStage target = next;
                next = Make(pipeline[i], expectsInput: i > 0, value => target.Process(value));
                stages.Insert(0, next);
            }
        }
        catch
        {
            foreach (IStage stage in stages) stage.Dispose();
            throw;
        }
        return stages;
    }

    private IStage Make(CommandCall call, bool expectsInput, Action<object> next)
    {
        if (call.Block is { } block) return MakeBlock(block, next);
        if (table.Find(call.Name) is { } cmdlet) return new CmdletStage(cmdlet, call, expectsInput, run, next);
        if (expectsInput && ForeignCommands.Make(call, next, run) is { } foreign) return foreign;
        string near = NearestName.Of(call.Name, table.Names)
            ?? string.Join(", ", table.Names.Where(n => n.Contains(call.Name.Split('-')[^1], StringComparison.OrdinalIgnoreCase)).Take(5));
        throw new UsageException($"{call.Name} is not a command of this module. {(near.Length > 0 ? $"Did you mean {near}? " : "")}See: ops help");
    }

    private BlockStage MakeBlock(IReadOnlyList<IReadOnlyList<CommandCall>> pipelines, Action<object> next)
    {
        var sink = new PassOnSink(next);
        var built = new List<IReadOnlyList<IStage>>();
        // All are bound before the first runs, as everywhere.
        try
        {
            foreach (IReadOnlyList<CommandCall> pipeline in pipelines) built.Add(Build(pipeline, sink));
        }
        catch
        {
            foreach (IStage stage in built.SelectMany(s => s)) stage.Dispose();
            throw;
        }
        return new BlockStage(built, sink, Stream, run);
    }

    private void Stream(IReadOnlyList<IStage> stages)
    {
        int first = 0;
        try
        {
            foreach (IStage stage in stages) stage.Begin();
            if (!_cancelled) stages[0].Process(null);
        }
        catch (StopUpstreamException e) { first = Place(e); }
        while (first < stages.Count && !_cancelled)
        {
            try { stages[first++].End(); }
            catch (StopUpstreamException e) { first = Place(e); }
        }

        // One that stands behind the whole block is for the pipeline outside.
        int Place(StopUpstreamException stop) => stages.ToList().IndexOf(stop.Stage) is >= 0 and var place ? place : throw stop;
    }
}
