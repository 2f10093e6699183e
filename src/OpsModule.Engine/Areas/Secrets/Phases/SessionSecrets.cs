using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>
/// Plans that every session of an environment ends: what tokens are signed with is replaced at once, without an overlap.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class SessionSecrets(OpsContext context)
{
    /// <summary>The secrets that sign tokens, in the order of the environment file.</summary>
    public IReadOnlyList<string> Names => [.. context.Environment.Section<SecretsSettings>().Entries.Values
        .Where(e => e.Kind == SecretKind.Jwt).Select(e => e.Name)];

    /// <summary>One plan for each of them.</summary>
    /// <param name="action">The cmdlet that asks.</param>
    /// <param name="reason">Why, for the journal.</param>
    /// <param name="fail">Told of each that cannot be replaced now: its sessions go on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<ChangePlan>> PlanReplacementAsync(string action, string? reason, Action<string, OpsException> fail,
        CancellationToken cancellationToken)
    {
        var plans = new List<ChangePlan>();
        var options = new RotationOptions { Action = action, Reason = reason, OverlapFor = TimeSpan.Zero };
        foreach (string name in Names)
        {
            try { plans.Add(await new PhasePlanner(context).PlanAsync(name, options, cancellationToken).ConfigureAwait(false)); }
            catch (OpsException e) { fail(name, e); }
        }
        return plans;
    }
}
