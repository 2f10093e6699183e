using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Rollouts.Limits;

/// <summary>Writes the limits of a service into the compose file of ours; containers get them when they are made anew.</summary>
internal sealed class WriteLimits : ChangeKind
{
    public const string KindName = "service.limits";

    internal const string Service = "service", Limits = "limits";

    private const string Was = "was";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => ComposeLimit.Parse(plan.Arguments[Limits]).IsEmpty
        ? throw new FormatException("it sets no limit.") : Target.Service(plan.Arguments[Service]).Path;

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PlanIdentity>>([Identity(context, plan.Arguments[Service])]);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        var file = new ComposeLimits(run.Context.Environment.Platform);
        string service = run.Plan.Arguments[Service];
        await run.StepAsync("write", () =>
        {
            file.Write(run, service, ComposeLimit.Parse(run.Plan.Arguments[Limits]));
            return Task.CompletedTask;
        }, new Dictionary<string, string> { [Was] = Of(file, service).ToString() }).ConfigureAwait(false);
        string words = $"{Path.GetFileName(file.Path)} says {Of(file, service)} of {service}; "
            + "its containers have that when they are made anew";
        return new ChangeResult(words, file.Path);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (!run.Data.TryGetValue(Was, out string? was)) return new ChangeResult("Nothing had been written");
        var file = new ComposeLimits(run.Context.Environment.Platform);
        await run.StepAsync("write-back", () =>
        {
            file.Write(run, run.Plan.Arguments[Service], ComposeLimit.Parse(was));
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        return new ChangeResult($"{Path.GetFileName(file.Path)} says {was} of {run.Plan.Arguments[Service]} again", file.Path);
    }

    /// <summary>What a service has in the file.</summary>
    internal static PlanIdentity Identity(OpsContext context, string service) =>
        new($"limits of {service} in the file", Of(new ComposeLimits(context.Environment.Platform), service).ToString());

    internal static ComposeLimit Of(ComposeLimits file, string service) => file.Read().GetValueOrDefault(service) ?? new ComposeLimit();
}
