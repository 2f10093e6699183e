using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Building;

/// <summary>An image that Compose has built.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id.</param>
public sealed record BuiltImage(string Name, string Id);

/// <summary>Builds the image of a service as its compose files say.</summary>
internal sealed class BuildImage : ChangeKind
{
    public const string KindName = "service.build";

    internal const string Service = "service", NoCache = "no-cache";

    private const string WasName = "was-name", WasId = "was-id", None = "none";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => bool.TryParse(plan.Arguments[NoCache], out _)
        ? Target.Service(plan.Arguments[Service]).Path
        : throw new FormatException($"{NoCache} is neither true nor false.");

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        string service = plan.Arguments[Service];
        IInstanceRollout rolling = Rolling(context, service);
        InstanceModel model = await rolling.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        return [Identity(service, await FindAsync(rolling, model, cancellationToken).ConfigureAwait(false))];
    }

    public override string WhenStopped(ChangePlan plan) => $"The build of {plan.Arguments[Service]} was stopped; nothing was brought out.";

    /// <summary>A build that was killed is made again: what it had come to is kept by the engine.</summary>
    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string service = run.Plan.Arguments[Service];
        IInstanceRollout rolling = Rolling(run.Context, service);
        InstanceModel model = await rolling.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        BuiltImage? was = await FindAsync(rolling, model, cancellationToken).ConfigureAwait(false);
        await run.StepAsync("build", () => ComposeBuild.RunAsync(run, model, bool.Parse(run.Plan.Arguments[NoCache]), cancellationToken),
            new Dictionary<string, string> { [WasName] = was?.Name ?? None, [WasId] = was?.Id ?? None }).ConfigureAwait(false);
        BuiltImage built = await FindAsync(rolling, model, cancellationToken).ConfigureAwait(false)
            ?? throw RolloutErrors.ImageChanged.Make(
                $"{service} was built, and the engine has no image {string.Join(" or ", ComposeBuild.NamesOf(model))}.",
                "Give it a name (image:) beside build: in the compose file.", service);
        return new ChangeResult($"{built.Name} is {built.Id}{(built.Id == run.Data[WasId] ? ", as before" : "")}", built);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (run.Data.GetValueOrDefault(WasId) is not { } id
            || id == None) return new ChangeResult("Nothing had the name before; what was built stays");
        IInstanceRollout rolling = Rolling(run.Context, run.Plan.Arguments[Service]);
        await run.StepAsync("name-back", () => rolling.KeepImageAsync(run, id, run.Data[WasName], cancellationToken)).ConfigureAwait(false);
        return new ChangeResult($"{run.Data[WasName]} is {id} again");
    }

    internal static PlanIdentity Identity(string service, BuiltImage? now) => new($"built image of {service}", now?.Id ?? None);

    /// <summary>What Compose has built, by the name that it has; of two names the one of the Compose that builds now comes first.</summary>
    internal static async Task<BuiltImage?> FindAsync(IInstanceRollout rolling, InstanceModel model, CancellationToken cancellationToken)
    {
        foreach (string name in ComposeBuild.NamesOf(model))
            if (await rolling.FindImageAsync(name, cancellationToken).ConfigureAwait(false) is { } image) return new BuiltImage(name,
                image.Id);
        return null;
    }

    internal static IInstanceRollout Rolling(OpsContext context, string service) => context.Platform().Rolling as IInstanceRollout
        ?? throw RolloutErrors.RolloutUnsupported.Make($"{service} runs on {context.Platform().Description}, where no image is built.",
            "Build and push it, then give -Image or -Tag.", service);
}
