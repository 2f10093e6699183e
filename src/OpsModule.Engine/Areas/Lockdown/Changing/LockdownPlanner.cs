using OpsModule.Engine.Areas.Lockdown.Parts;
using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Lockdown.Changing;

/// <summary>Plans a lockdown.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class LockdownPlanner(OpsContext context)
{
    /// <summary>Plans it.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="since">From when on logs are kept; null for what the environment file says.</param>
    /// <param name="skip">What is left out.</param>
    /// <param name="action">The cmdlet.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>LockdownNotDeclared</c>, <c>LockdownUnderWay</c>, <c>EvidenceNotPossible</c>.</exception>
    public async Task<ChangePlan> PlanAsync(string reason, DateTimeOffset? since, IReadOnlyList<LockdownPart> skip, string action,
        CancellationToken cancellationToken)
    {
        LockdownSettings settings = context.Environment.Section<LockdownSettings>();
        string target = LockDownEnvironment.TargetOf(context.Environment.Name);
        if (!settings.IsDeclared)
            throw LockdownErrors.LockdownNotDeclared.Make($"The environment {context.Environment.Name} does not say what a lockdown does.",
                "Add lockdown: to the environment file, with keys, secrets and sessions.", context.Environment.Name);
        if (context.Journal.FindUnfinished(target) is [var open, ..])
            throw LockdownErrors.LockdownUnderWay.Make($"The lockdown {open.Id} of {open.StartedAt:yyyy-MM-dd HH:mm}Z has not ended.",
                $"Go on with it: Resume-OpsChange {open.Id}.", target);
        var (steps, warnings) = (new List<PlannedStep>(), new List<string>());
        foreach (ILockdownPart part in LockdownParts.Of(context))
        {
            if (skip.Contains(part.Part)) warnings.Add($"{part.Part} is left out, as was asked.");
            else if (part.Words is not { } words) warnings.Add($"{part.Part}: nothing is declared for it, and nothing is done.");
            else
            {
                try { warnings.AddRange(await part.CheckAsync(cancellationToken).ConfigureAwait(false)); }
                // In an emergency a part that cannot be done keeps none of the others from being done.
                catch (Exception e) when (part.Part != LockdownPart.Evidence && !cancellationToken.IsCancellationRequested)
                {
                    warnings.Add(OrTold.Words($"{part.Part} will stay open", e));
                }
                steps.Add(new PlannedStep(LockDownEnvironment.StepOf(part.Part), char.ToUpperInvariant(words[0]) + words[1..] + "."));
            }
        }
        foreach (string name in new SessionSecrets(context).Names.Except(settings.Secrets, StringComparer.OrdinalIgnoreCase))
            warnings.Add($"{name} signs tokens, and lockdown.secrets does not name it: sessions go on.");
        var order = new LockdownOrder { Reason = reason, Since = since ?? context.Time.GetUtcNow() - settings.Since, Skip = skip };
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = LockDownEnvironment.KindName, Action = action, Target = target,
            Subject = $"environment {context.Environment.Name}", Arguments = order.Write(), Steps = steps, Warnings = warnings,
            Summary = $"Lock {context.Environment.Name} down: {string.Join(", ", steps.Select(s => s.Name))}", Irreversible = true,
            PlannedAt = context.Time.GetUtcNow(),
        };
    }
}
