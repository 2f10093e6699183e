using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule;

/// <summary>What cmdlets that change something do with plans: show them, keep them, ask whether they are meant.</summary>
public abstract partial class OpsEnvironmentCmdlet
{
    private readonly List<ChangePlan> _planned = [];

    /// <summary>Shows what will be done, and asks whether to go on.</summary>
    /// <returns>False with -WhatIf, which emits the plan, with -PlanFile, which keeps it, and when somebody declined.</returns>
    protected async Task<bool> AskAsync(ChangePlan plan)
    {
        if (this is IPlanFileCmdlet { PlanFile: not null } && !IsWhatIf)
        {
            _planned.Add(plan);
            return false;
        }
        foreach (string warning in plan.Warnings) Warning(warning);
        bool isMeant = await ShouldProcessAsync(plan.Subject ?? $"{new Target(plan.Target).Words} of {plan.Environment}",
            plan.Summary).ConfigureAwait(false);
        if (!isMeant && IsWhatIf) Emit(plan);
        return isMeant;
    }

    /// <inheritdoc/>
    private protected override async Task ConcludeAsync(CancellationToken cancellationToken)
    {
        await base.ConcludeAsync(cancellationToken).ConfigureAwait(false);
        if (_planned.Count > 0 && this is IPlanFileCmdlet { PlanFile: { } file })
        {
            if (_planned.Select(p => p.Environment).Distinct().Skip(1).Any())
                throw ChangeErrors.PlanInvalid.Make("Changes of several environments were planned, and a plan is for one.",
                    "Make a plan for each, in a file of its own.", file);
            ChangePlan plan = SeveralChanges.Of(_planned);
            ChangeRunner.CheckParts(plan);
            try { AtomicFile.Write(file, PlanFile.Write(plan), AtomicFile.Shared); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new OpsException("PlanNotWritten", OpsErrorCategory.WriteError,
                    $"The plan {file} cannot be written: {e.Message.TrimEnd('.')}.",
                    Disk.IsFull(e) ? "Free space there, or write to another disk."
                        : "Make its folder, or give this user the right to write there.", file, e);
            }
            Emit(plan);
        }
    }

    /// <summary>Whether what was piped in is a plan, of which nothing has been done.</summary>
    private bool TakePlan()
    {
        _isPlan = !TakesPlans && (PipedObject.IsPlan(Environment) || _parameters!.HoldAPlan());
        if (!_isPlan) return false;
        PlansCame = true;
        _parameters!.Restore();
        return true;
    }

    /// <summary>Whether plans were piped in, which the cmdlet passes over.</summary>
    private protected bool PlansCame { get; private set; }

    /// <summary>Whether it is for plans.</summary>
    private protected virtual bool TakesPlans => false;
}
