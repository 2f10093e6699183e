using System.Runtime.CompilerServices;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Keys.Changing;

/// <summary>
/// Plans that every key of every API of an environment is refused: those that are kept somewhere are revoked, and where a variable lists
/// them, one new key takes the place of all of them.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class RevokeAllKeys(OpsContext context)
{
    /// <summary>
    /// One plan for each secret of the kind apiKey that has valid keys, in the order of the environment file. Each is made when it is asked
    /// for, so carry one out before the next: two lists may stand in one file, and what the first one writes is drift of the second.
    /// </summary>
    /// <param name="secrets">Only these secrets, by the names that the environment file has; null for all.</param>
    /// <param name="reason">Why, for the journal.</param>
    /// <param name="fail">
    /// Told of each secret whose keys cannot be revoked: the others' are. Whoever passes over it leaves these keys valid.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<ChangePlan> PlanAsync(IReadOnlyList<string>? secrets, string? reason,
        Action<string, OpsException> fail, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (SecretEntry entry in context.Environment.Section<SecretsSettings>().Entries.Values
            .Where(e => e.Kind == SecretKind.ApiKey && secrets?.Contains(e.Name) is not false))
        {
            ChangePlan? plan = null;
            try
            {
                plan = entry.IsPhased ? await new PhasePlanner(context).PlanAloneAsync(entry.Name,
                    new RotationOptions { Action = "Revoke-OpsApiKey", Reason = reason }, cancellationToken).ConfigureAwait(false)
                    : await new ApiKeyPlanner(context).PlanRevokeAsync(entry.Name, new ApiKeyChoice(), reason, cancellationToken)
                        .ConfigureAwait(false);
            }
            catch (OpsException e) { fail(entry.Name, e); }
            if (plan is not null) yield return plan;
        }
    }
}
