namespace OpsModule.Foundations.Changes;

/// <summary>
/// Says that a change is under way, locked and in the journal. What operates something asks for one, so that what is not journaled does
/// not compile. Only the engine makes them.
/// </summary>
public abstract class ChangeScope
{
    /// <summary>Only the engine derives from it.</summary>
    internal ChangeScope()
    {
    }

    /// <summary>The change's id in the journal.</summary>
    public abstract string Id { get; }
}
