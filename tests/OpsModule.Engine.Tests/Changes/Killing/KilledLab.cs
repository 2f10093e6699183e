using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A place where changes of one kind are made and killed: a folder with an environment file, and what the change is made to.</summary>
internal abstract class KilledLab : IAsyncDisposable
{
    private OpsContext? _context;

    /// <summary>The folder; its ops.yaml says all that the process that dies needs to know.</summary>
    public abstract string Folder { get; }

    /// <summary>The environment.</summary>
    public OpsContext Context => _context ??= ContextOf(Folder);

    /// <summary>The environment of a folder.</summary>
    public static OpsContext ContextOf(string folder)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(Path.Combine(folder, "ops.yaml"));
        return OpsContextFactory.Create(load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings)), SilentReporter.Instance);
    }

    /// <summary>Makes everything so that the change can be made, once more after it has been.</summary>
    public abstract Task PrepareAsync();

    /// <summary>Plans the change.</summary>
    public abstract Task<ChangePlan> PlanAsync();

    /// <summary>What there is now, in words that tell the change made from not made.</summary>
    public abstract Task<string> LookAsync();

    /// <summary>Whether a change that was killed at a place can be taken back; null for what its plan says.</summary>
    public virtual bool? UndoesAt(string place) => null;

    /// <summary>Whether it looks different afterwards.</summary>
    public virtual bool IsSeen => true;

    public virtual ValueTask DisposeAsync()
    {
        _context?.Dispose();
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
