using OpsModule.Engine;
using OpsModule.Host.Language;
using OpsModule.Host.Metadata;
using OpsModule.Host.Running;
using OpsModule.Host.Writing;

namespace OpsModule.Cmdlets.Tests.Host;

/// <summary>Runs a pipeline in this process, as <c>ops</c> does, and keeps everything it says.</summary>
internal sealed class OpsRun : IConsole
{
    private static readonly CommandTable Table = new(typeof(OpsCmdlet).Assembly, typeof(OpsRun).Assembly);

    private readonly ListSink _sink = new();

    public List<object> Objects => _sink.Objects;
    public List<OpsException> Errors { get; } = [];
    public List<string> Warnings { get; } = [];
    public List<string> VerboseMessages { get; } = [];
    public List<string> WhatIfs { get; } = [];
    public List<string> Questions { get; } = [];
    public int ExitCode { get; private set; }

    /// <summary>What the person answers; null where there is none.</summary>
    public char? Answer { get; init; }

    /// <summary>Called for each object as it arrives, with the means to cancel.</summary>
    public Action<PipelineRunner>? Running { get; init; }

    public static OpsRun Of(string pipeline, string? directory = null) => new OpsRun().Run(pipeline, directory);

    public OpsRun Run(string pipeline, string? directory = null)
    {
        var runner = new PipelineRunner(Table, new PipelineRun(this, directory ?? Environment.CurrentDirectory));
        Running?.Invoke(runner);
        ExitCode = runner.Run(PipelineParser.Parse(pipeline), _sink);
        return this;
    }

    void IConsole.Error(OpsException error) => Errors.Add(error);

    void IConsole.Warning(string message) => Warnings.Add(message);

    void IConsole.Verbose(string message) => VerboseMessages.Add(message);

    void IConsole.WhatIf(string message) => WhatIfs.Add(message);

    void IConsole.Progress(OpsProgress progress) { }

    char? IConsole.Ask(string question, string choices)
    {
        Questions.Add(question);
        return Answer;
    }
}
