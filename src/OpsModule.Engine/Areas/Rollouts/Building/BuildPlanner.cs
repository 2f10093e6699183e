using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Building;

/// <summary>Plans that the image of a service is built, before it is brought out.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class BuildPlanner(OpsContext context)
{
    /// <summary>A plan. Whether anything has changed since the last build knows only the build.</summary>
    /// <param name="service">The service.</param>
    /// <param name="noCache">True builds without what earlier builds have left.</param>
    /// <param name="action">The cmdlet that asks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>RolloutUnsupported</c>, <c>RolloutRefused</c> where the files do not say how.</exception>
    public async Task<ChangePlan> PlanAsync(string service, bool noCache, string action, CancellationToken cancellationToken)
    {
        IInstanceRollout rolling = BuildImage.Rolling(context, service);
        InstanceModel model = await rolling.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        if (!model.IsBuilt)
            throw RolloutErrors.RolloutRefused.Make($"The compose files do not say how the image of {service} is built.",
                "Give it a build: section, or leave -Build out.", service);
        BuiltImage? now = await BuildImage.FindAsync(rolling, model, cancellationToken).ConfigureAwait(false);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = BuildImage.KindName, Action = action, Target = Target.Service(service).Path,
            Summary = $"Build the image of {service}{(noCache ? " without what earlier builds have left" : "")}, to bring it out",
            Arguments = new Dictionary<string, string> { [BuildImage.Service] = service, [BuildImage.NoCache] = noCache ? "true"
                : "false" },
            Identities = [BuildImage.Identity(service, now)], PlannedAt = context.Time.GetUtcNow(),
            Steps = [new PlannedStep("build", $"docker compose build {service}.")],
            Undo = now is null ? null : $"the name {now.Name} is given to the image again that has it now",
        };
    }
}
