using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Building;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Plans rotations of secrets; those that share services replace them once.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class RotationPlanner(OpsContext context)
{
    /// <summary>A plan of one or more rotations.</summary>
    /// <param name="names">The secrets, by the names that the environment file has, at least one.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">What forbids it, with the remedy.</exception>
    public async Task<ChangePlan> PlanAsync(IReadOnlyList<string> names, RotationOptions options, CancellationToken cancellationToken) =>
        (await PlanAsync(names, options, null, cancellationToken).ConfigureAwait(false))!;

    /// <summary>The same, without those that cannot be rotated now, which keep none of the others from it.</summary>
    /// <param name="names">As above.</param>
    /// <param name="options">How.</param>
    /// <param name="leftOut">Told of each that is left out, and why; null for an error of the first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null when none is left.</returns>
    public async Task<ChangePlan?> PlanAsync(IReadOnlyList<string> names, RotationOptions options, Action<string, OpsException>? leftOut,
        CancellationToken cancellationToken)
    {
        if (options.HandedIn is not null && names.Count > 1)
            throw SecretErrors.SecretValueRefused.Make($"One value was handed in, and {names.Count} secrets are meant: "
                + $"{string.Join(", ", names)}.",
                "Rotate them one by one.", names[0]);
        using PlanSearch once = PlanSearch.Begin(context, names);
        var parts = new List<RotationPart>();
        using IDisposable clean = ShellOverride.Clean(context, names);
        foreach (string name in names)
            await OrLeaveOutAsync(name, async () => parts.Add(await new RotationPartPlanner(context, options)
                .PlanAsync(OpenedSecret.Of(context, name), cancellationToken).ConfigureAwait(false)), leftOut).ConfigureAwait(false);
        IReadOnlyList<ChangePlan> services;
        try
        {
            await once.ProveLinesAsync(cancellationToken).ConfigureAwait(false);
            services = await ServicesAsync(parts, options, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException) when (leftOut is not null)
        {
            // Which of them it was is told by each alone.
            foreach (RotationPart part in parts.ToArray())
                if (!await OrLeaveOutAsync(part.Order.Name, async () =>
                {
                    foreach (ISecretPlace place in OpenedSecret.Of(context, part.Order.Name).Places)
                        await place.CheckAsync(part.Sample, cancellationToken).ConfigureAwait(false);
                    await once.ProveLinesAsync(cancellationToken).ConfigureAwait(false);
                    await ServicesAsync([part], options, cancellationToken).ConfigureAwait(false);
                }, leftOut).ConfigureAwait(false)) parts.Remove(part);
            services = await ServicesAsync(parts, options, cancellationToken).ConfigureAwait(false);
        }
        names = [.. parts.Select(p => p.Order.Name)];
        if (parts.Count == 0) return null;
        // What waits for people, or long, comes last: it keeps none of the others waiting.
        ChangePlan[] all = [.. parts.Select(p => p.Set), .. services,
            .. parts.OrderBy(p => p.Order.ByHand is not null).ThenBy(p => p.Order.Overlap ?? TimeSpan.Zero).Select(p => p.Finish)];
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RotateSecrets.KindName, Action = options.Action,
            Target = RotateSecrets.TargetOf(context.Environment.Name, names),
            Summary = $"Rotate {string.Join(", ", names)}{Replacing(parts)}",
            Arguments = new Dictionary<string, string> { [RotateSecrets.Names] = string.Join(' ', names) }, Parts = all,
            Steps = [.. all.Select(p => new PlannedStep(p.Kind, $"{p.Summary} ({p.Target})."))],
            Figures = [.. parts.SelectMany(p => p.Set.Figures)], Warnings = [.. all.SelectMany(p => p.Warnings).Distinct()],
            PlannedAt = context.Time.GetUtcNow(),
        };
    }

    /// <summary>
    /// Which of several secrets are one change: those that replace a service together. Others are rotated apart, so that one that fails, or
    /// waits, takes back none of them and keeps none of them waiting.
    /// </summary>
    /// <param name="names">The secrets, by the names that the environment file has.</param>
    /// <param name="leftOut">Told of each of which that cannot be told, and why.</param>
    /// <returns>Them in their order, and the first of each group in its place.</returns>
    public IReadOnlyList<IReadOnlyList<string>> Group(IReadOnlyList<string> names, Action<string, OpsException> leftOut)
    {
        var groups = new List<(List<string> Names, HashSet<string> Services)>();
        using IDisposable clean = ShellOverride.Clean(context, names);
        foreach (string name in names)
        {
            HashSet<string> services;
            try { services = [.. OpenedSecret.Of(context, name).RunningReaders]; }
            catch (OpsException e)
            {
                leftOut(name, e);
                continue;
            }
            (List<string> Names, HashSet<string> Services)[] shared = [.. groups.Where(g => g.Services.Overlaps(services))];
            if (shared.Length == 0)
            {
                groups.Add(([name], services));
                continue;
            }
            // It may be what binds two together that shared nothing before.
            foreach ((List<string> Names, HashSet<string> Services) other in shared.Skip(1))
            {
                shared[0].Names.AddRange(other.Names);
                shared[0].Services.UnionWith(other.Services);
                groups.Remove(other);
            }
            shared[0].Names.Add(name);
            shared[0].Services.UnionWith(services);
        }
        return [.. groups.Select(g => g.Names)];
    }

    private static async Task<bool> OrLeaveOutAsync(string name, Func<Task> plan, Action<string, OpsException>? leftOut)
    {
        try
        {
            await plan().ConfigureAwait(false);
            return true;
        }
        catch (OpsException e) when (leftOut is not null)
        {
            leftOut(name, e);
            return false;
        }
    }

    private static string Replacing(IEnumerable<RotationPart> parts)
    {
        string[] services = [.. parts.SelectMany(p => p.Order.Services).Distinct(StringComparer.Ordinal)];
        return services.Length == 0 ? "" : $", and replace {string.Join(", ", services)} once";
    }

    private async Task<IReadOnlyList<ChangePlan>> ServicesAsync(IReadOnlyList<RotationPart> parts, RotationOptions options,
        CancellationToken ct)
    {
        string[] services = [.. parts.SelectMany(p => p.Order.Services).Distinct(StringComparer.Ordinal)];
        HashSet<string> built = [.. parts.SelectMany(p => p.Built)];
        var plans = new List<ChangePlan>();
        foreach (string service in services.Where(built.Contains))
            plans.Add(await new BuildPlanner(context).PlanAsync(service, noCache: false, options.Action, ct).ConfigureAwait(false));
        foreach (string service in services)
        {
            if (context.Platform().Rolling is not IInstanceRollout)
            {
                plans.AddRange(await RestartAsync(service, options, ct).ConfigureAwait(false));
                continue;
            }
            var asked = new RolloutOptions
            {
                FilesFollow = true, ImageFollows = built.Contains(service),
                Reason = options.Reason ?? $"rotation of "
                    + $"{string.Join(", ", parts.Where(p => p.Order.Services.Contains(service)).Select(p => p.Order.Name))}",
            };
            if (await new RolloutPlanner(context).PlanAsync(service, asked, options.Action, ct).ConfigureAwait(false) is { } update)
                plans.Add(update);
        }
        return plans;
    }

    /// <summary>Where a platform replaces instances by itself, a restart makes it do so.</summary>
    private async Task<IReadOnlyList<ChangePlan>> RestartAsync(string service, RotationOptions options, CancellationToken ct)
    {
        IReadOnlyList<ServiceRecord> found = await new ServiceCatalog(context.Platform()).ListAsync([service], e => throw e, ct)
            .ConfigureAwait(false);
        return [.. found.Where(ServicesInUse.IsRestarted)
            .Select(s => new ServicePlanner(context).Plan(ServiceChange.Restart, s, new ServiceChangeOptions()))
            .OfType<ChangePlan>().Select(p => p with { Action = options.Action })];
    }
}
