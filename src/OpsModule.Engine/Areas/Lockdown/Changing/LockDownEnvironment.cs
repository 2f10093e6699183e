using OpsModule.Engine.Areas.Lockdown.Parts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Lockdown.Changing;

/// <summary>
/// A lockdown: evidence first, then each part, whether or not another one has failed. What failed keeps the change open, and is tried once
/// more when it is gone on with. Nothing of it is taken back.
/// </summary>
internal sealed class LockDownEnvironment : ChangeKind
{
    public const string KindName = "security.lockdown";

    internal const string Told = "-told", Words = ".words", OpenMark = ".open";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan)
    {
        LockdownOrder.Read(plan);
        return TargetOf(plan.Environment);
    }

    /// <summary>The target: one lockdown of an environment at a time; secrets and services have locks of their own meanwhile.</summary>
    internal static string TargetOf(string environment) => "lockdown/" + environment;

    public override string WhenStopped(ChangePlan plan) => $"{plan.Action} was stopped; Resume-OpsChange goes on with it.";

    public override string WhenLeftOpen(OpsContext context, ChangePlan plan, string change) =>
        $"{plan.Action} was stopped, and what it has done stays. What it has not come to is open: "
        + $"Resume-OpsChange {change} goes on with it.";

    /// <summary>In an emergency nothing has to be as it was; each part looks for itself.</summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        LockdownOrder order = LockdownOrder.Read(run.Plan);
        var open = new List<string>();
        bool isOpen = false;
        foreach (ILockdownPart part in LockdownParts.Of(run.Context).Where(p => p.Words is not null && !order.Skip.Contains(p.Part)))
        {
            string step = StepOf(part.Part);
            if (!run.IsDone(step + Told))
            {
                LockdownOrder now = order with { HasOpenParts = isOpen };
                try { await MakeAsync(run, part, now, open, step, cancellationToken).ConfigureAwait(false); }
                catch (Exception e) when (cancellationToken.IsCancellationRequested) { throw ChangeRun.LeaveOpen(e); }
                catch (Exception e) when (part.Part == LockdownPart.Evidence)
                {
                    // What comes after would destroy it.
                    throw LockdownErrors.EvidenceFailed.Make($"Evidence could not be kept, and nothing else was done: {e.Message}",
                        $"{(e as OpsException)?.RecommendedAction} To go on without: -Skip Evidence.".TrimStart(), run.Plan.Target, e);
                }
                // Whatever it is: an error that nobody has thought of must not leave all other doors open.
                catch (Exception e)
                {
                    isOpen = true;
                    open.Add(OrTold.Words($"{part.Part}", e));
                    run.Context.Reporter.Warning($"{part.Part} is not done, and the others go on: {e.Message}");
                    continue;
                }
            }
            open.AddRange(Open(run.Data, step));
        }
        if (isOpen)
            throw ChangeRun.LeaveOpen(LockdownErrors.LockdownOpen.Make($"The lockdown is not complete. Open: {string.Join("; ", open)}",
                $"Mend it, then go on: Resume-OpsChange {run.Id}.", run.Plan.Target));
        return new ChangeResult(open.Count == 0 ? "Locked down; nothing is open" : $"Locked down. Open: {string.Join("; ", open)}");
    }

    /// <summary>The step of a part, in the journal, which withholds what stands under the name of a secret.</summary>
    internal static string StepOf(LockdownPart part) => part switch
    {
        LockdownPart.EmergencyKeys => "emergency-keys",
        LockdownPart.Secrets => "rotation",
        _ => part.ToString().ToLowerInvariant(),
    };

    /// <summary>What a part has left open, as the journal has it.</summary>
    internal static IEnumerable<string> Open(IReadOnlyDictionary<string, string> data, string step) =>
        data.GetValueOrDefault(step + OpenMark, "").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Does a part. What came of it is noted inside of its step: a kill behind it must not lose where the evidence lies.</summary>
    private static Task MakeAsync(ChangeRun run, ILockdownPart part, LockdownOrder order, IReadOnlyList<string> open, string step,
        CancellationToken ct) => run.StepAsync(step, async () =>
    {
        PartOutcome made = await part.RunAsync(run, order, open, ct).ConfigureAwait(false);
        var data = new Dictionary<string, string>(made.Data) { [step + Words] = made.Words };
        if (made.Open.Count > 0) data[step + OpenMark] = string.Join('\n', made.Open.Select(o => o.ReplaceLineEndings(" ")));
        await run.StepAsync(step + Told, () => Task.CompletedTask, data).ConfigureAwait(false);
    });
}
