using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>One part of a lockdown.</summary>
internal interface ILockdownPart
{
    /// <summary>Which.</summary>
    LockdownPart Part { get; }

    /// <summary>What it will do, in words for the plan; null where nothing is declared for it.</summary>
    string? Words { get; }

    /// <summary>Looks whether it can be done, and changes nothing.</summary>
    /// <returns>What people should know.</returns>
    /// <exception cref="Foundations.Errors.OpsException">It cannot.</exception>
    Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken);

    /// <summary>Does it; after a kill, or when it was left open, once more.</summary>
    /// <param name="run">The change.</param>
    /// <param name="order">What was asked for.</param>
    /// <param name="open">What the parts before have left open.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open, CancellationToken cancellationToken);
}
