using OpsModule.Host.Running;

namespace OpsModule.Host.Writing;

/// <summary>The end of a pipeline for a person.</summary>
internal sealed class TableSink(TextWriter output) : IStage
{
    private readonly TableWriter _writer = new(output.WriteLine, TerminalSize.Width, ViewCatalog.Default);

    public void Begin() { }

    public void Process(object? input)
    {
        if (input is not null) _writer.Write(input);
    }

    public void End() => _writer.End();
}

/// <summary>The end of a pipeline for a machine: one JSON array of everything.</summary>
internal sealed class JsonSink(TextWriter output) : IStage
{
    /// <summary>Deep enough for everything that cmdlets emit.</summary>
    public const int Depth = 16;

    private readonly List<object> _objects = [];

    public void Begin() { }

    public void Process(object? input)
    {
        if (input is not null) _objects.Add(input);
    }

    public void End() => output.WriteLine(new JsonWriter(Depth).Write(_objects));
}

/// <summary>The end of a pipeline for a test.</summary>
internal sealed class ListSink : IStage
{
    public List<object> Objects { get; } = [];

    public void Begin() { }

    public void Process(object? input)
    {
        if (input is not null) Objects.Add(input);
    }

    public void End() { }
}
