namespace OpsModule.Host.Running;

/// <summary>One command of a running pipeline. All calls come from one thread, but for <see cref="Cancel"/>.</summary>
internal interface IStage : IDisposable
{
    /// <summary>Before the first object.</summary>
    void Begin();

    /// <summary>For each object; for the first command once, with null.</summary>
    void Process(object? input);

    /// <summary>After the last object.</summary>
    void End();

    /// <summary>Ctrl+C.</summary>
    void Cancel() { }

    void IDisposable.Dispose() { }
}
