using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Changes;

/// <summary>
/// One kind of change: how a plan of it is proven, made, gone on with and taken back. A kind keeps nothing between calls; all that it knows
/// is in the plan and in the journal.
/// </summary>
/// <remarks>Planning is the area's own: it asks the real system and writes a <see cref="ChangePlan"/> of this kind.</remarks>
public abstract class ChangeKind
{
    /// <summary>All that there are. The areas add theirs.</summary>
    public static IReadOnlyList<ChangeKind> Registered { get; internal set; } = [];

    /// <summary>The kind's name in plans and in the journal, for example <c>service.stop</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The version of its arguments and steps that it writes.</summary>
    public virtual int Format => 1;

    /// <summary>True for a version that it can still read.</summary>
    public virtual bool Reads(int format) => format == Format;

    /// <summary>
    /// The target that the arguments mean. A plan that says another one is refused: what is locked, and what people were shown, must be
    /// what is changed.
    /// </summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>PlanInvalid</c> when the arguments contradict one another.</exception>
    public abstract string TargetOf(ChangePlan plan);

    /// <summary>True for a kind that only reads its target, as a backup does: parts of the target may be changed, or read, meanwhile.</summary>
    public virtual bool OnlyReads => false;

    /// <summary>The plan's identities as they are now, under the same names.</summary>
    public abstract Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the change. Each thing that it does is a <see cref="ChangeRun.StepAsync"/>. When a run that was killed is gone on with, it is called
    /// again: a step that was finished is passed over, and one that was begun must find out how far it came.
    /// </summary>
    /// <returns>What the cmdlet emits, and the sentence for the journal.</returns>
    public abstract Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken);

    /// <summary>
    /// Those of the plan's identities that must hold as well when a run that was killed, or has waited, is gone on with: they are of what
    /// it has not begun yet, and time has passed since they were proven. None unless the kind says so: what it has made itself moves them.
    /// </summary>
    public virtual IEnumerable<PlanIdentity> StillHold(ChangeRun run) => [];

    /// <summary>
    /// What holds while the change, and each of its parts, is proven, made, gone on with or taken back; null for nothing.
    /// </summary>
    public virtual IDisposable? Surround(OpsContext context, ChangePlan plan) => null;

    /// <summary>True for a kind that alters what services are configured with: a backup of that is made when it has ended well.</summary>
    public virtual bool AltersConfiguration => false;

    /// <summary>True for a kind that is made by its parts and has no steps of its own; no other plan may hold parts.</summary>
    public virtual bool IsOfParts => false;

    /// <summary>What is said, and kept in the journal, of a change that was stopped.</summary>
    public virtual string WhenStopped(ChangePlan plan) => $"{plan.Action} of {plan.Target} was stopped.";

    /// <summary>
    /// True for a kind of parts that is left without an end when somebody stops it, whichever part is at work: it is gone on with there, or
    /// taken back, as after a kill. Else what was made is taken back at once.
    /// </summary>
    public virtual bool StaysOpenWhenStopped => false;

    /// <summary>What is said of a change that was stopped and has no end; null for nothing.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="plan">The change.</param>
    /// <param name="change">Its id.</param>
    public virtual string? WhenLeftOpen(OpsContext context, ChangePlan plan, string change) => null;

    /// <summary>Why a change of this kind cannot be gone on with after a kill; null when it can.</summary>
    public virtual string? WhyNotResumable => null;

    /// <summary>
    /// True when a change that has failed, or was stopped, may have left something that <see cref="UndoAsync"/> takes back.
    /// </summary>
    public virtual bool UndoesFailed => false;

    /// <summary>Takes a change back, finished or not; <see cref="ChangeRun.Data"/> tells how far it came. Steps are as in <see cref="RunAsync"/>.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>ChangeNotUndoable</c> unless the kind can.</exception>
    public virtual Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken) => throw ChangeErrors.ChangeNotUndoable.Make(
        $"{run.Plan.Action} of {run.Plan.Target} cannot be taken back: {run.Plan.Undo ?? "nothing brings back what it took away"}.", "Look at what is there now, and make the change that you want.", run.Plan.Target);
}

/// <summary>What came of a change.</summary>
/// <param name="Summary">For the journal, in a sentence.</param>
/// <param name="Value">What the cmdlet emits; null for nothing.</param>
public sealed record ChangeResult(string Summary, object? Value = null)
{
    /// <summary>The id under which the journal has it.</summary>
    public string? Change { get; init; }
}
