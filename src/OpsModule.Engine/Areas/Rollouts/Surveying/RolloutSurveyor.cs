using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Surveying;

/// <summary>Looks at a service, its image, its machine and its proxy before an update, and changes nothing.</summary>
internal sealed class RolloutSurveyor(OpsContext context)
{
    /// <summary>Looks at all.</summary>
    /// <exception cref="OpsException"><c>RolloutUnsupported</c>, <c>RevisionNotFound</c>, and what the platform reports.</exception>
    public async Task<RolloutSurvey> LookAsync(string service, RolloutOptions asked, CancellationToken ct)
    {
        IInstanceRollout rolling = Rolling(context, service);
        RolloutOptions options = asked.Over(context.Environment.Services.GetValueOrDefault(service)?.Rollout);
        var store = new RevisionStore(context);
        InstanceModel now = await rolling.ReadAsync(service, ct).ConfigureAwait(false);
        IReadOnlyList<InstanceFacts> instances = await rolling.ListAsync(service, ct).ConfigureAwait(false);
        ImageFacts? before = InstanceFacts.Serving(instances) is { } serving
            ? await rolling.FindImageAsync(serving.ImageId, ct).ConfigureAwait(false) : null;
        KeptRevision? from = instances.Count == 0 ? null : new RevisionRecorder(context, store).Of(now, instances, before);
        KeptRevision? back = options.ToRevision is { } number ? store.Find(service, number) : null;
        var survey = new RolloutSurvey
        {
            Service = service, Options = options, Model = back?.Model ?? now, Instances = instances, From = from, Back = back,
            Revision = Math.Max(store.Next(service), (from?.Shown.Revision ?? 0) + 1),
        };
        var findings = new List<RolloutFinding>();
        survey = survey with { Image = await new ImageChoice(rolling).FindAsync(survey, findings, ct).ConfigureAwait(false) };
        var proxies = new ProxySurveyor(context);
        survey = await proxies.LookAsync(survey, findings, ct).ConfigureAwait(false);
        findings.AddRange(RolloutChecks.OfTraits(survey.Model, survey.AtOnce(options.Strategy!.Value)));
        if (survey.Image is { } image) findings.AddRange(RolloutChecks.OfImage(service, image,
            await rolling.ReadEngineAsync(ct).ConfigureAwait(false), before));
        if (RolloutChecks.OfHealth(survey.Model, survey.Image, options) is { } health) findings.Add(health);
        await LockAsync(rolling, service, findings, ct).ConfigureAwait(false);
        findings.AddRange(InstanceCount.Of(survey));
        findings.AddRange(OfState(survey));
        findings.AddRange(OfFiles(survey, store));
        (RolloutStrategy strategy, string? words) = RolloutChecks.Choose(options, findings);
        survey = survey with { Findings = findings, Strategy = strategy, StrategyWords = words };
        if (await proxies.RoomAsync(survey, ct).ConfigureAwait(false) is { } room) findings.Add(room);
        return survey;
    }

    /// <summary>What makes instances here.</summary>
    /// <exception cref="OpsException"><c>RolloutUnsupported</c>.</exception>
    public static IInstanceRollout Rolling(OpsContext context, string service) => context.Platform().Rolling as IInstanceRollout
        ?? throw RolloutErrors.RolloutUnsupported.Make(
            $"{service} runs on {context.Platform().Description}, where no instances are brought out.",
            "A unit of a host is brought out by its package and Restart-OpsService.", service);

    private static async Task LockAsync(IInstanceRollout rolling, string service, List<RolloutFinding> findings, CancellationToken ct)
    {
        if (await rolling.FindLockAsync(service, ct).ConfigureAwait(false) is { } holder)
            findings.Add(new RolloutFinding(service, RolloutErrors.RolloutUnderWay.Id, RolloutEffect.Refused,
                $"It is being brought out by {holder}.", HolderAdvice(holder)));
    }

    /// <summary>What to do about a lock that somebody has.</summary>
    public static string HolderAdvice(RolloutHolder holder) =>
        $"Wait for its end. Where it was killed, go on with it on {holder.From}: Resume-OpsChange {holder.Change}, or Undo-OpsChange "
        + $"{holder.Change}. "
        + $"Only where that machine is gone for good: docker rm {holder.Name}.";

    private static IEnumerable<RolloutFinding> OfFiles(RolloutSurvey survey, RevisionStore store)
    {
        if (store.Prints.Unread(survey.Model) is { Count: > 0 } unread)
            yield return new RolloutFinding(survey.Service, "FileUnreadable", RolloutEffect.Told,
                $"{string.Join(", ", unread)} cannot be read by this user, so that nobody sees here whether it has changed.",
                "Run it as a user that may read it, or give this one the right.");
        if (survey.From is { Shown.By: ServiceRevision.Others, HasFiles: false } from)
            yield return new RolloutFinding(survey.Service, "FilesChanged", RolloutEffect.Told,
                $"What runs was made otherwise than the files say now ({string.Join(", ", from.Differs)}), and the files as they were are "
                    + "not known: a rollback gives instances back what is known of them, and leaves the files."
                    + (from.Differs.Intersect(["volumes", "ports"]).ToArray() is { Length: > 0 } lost
                        ? $" Of {string.Join(" and ", lost)} it takes what the files say." : ""), null);
    }

    private IEnumerable<RolloutFinding> OfState(RolloutSurvey survey)
    {
        if (survey.Image?.Override is { } over && survey.Back is null)
            yield return new RolloutFinding(survey.Service, "ImageNotInFiles", RolloutEffect.Told,
                $"The compose files name the image {survey.Model.Image ?? "that they build"}, and {over} is brought out: whoever runs "
                    + $"'docker compose up' brings the other back.", $"Write {over} into the compose file or its variables as well.");
        if (context.Environment.Services.GetValueOrDefault(survey.Service)?.Migrate is { } migrate && survey.Back is null
            && migrate.Undo.Count == 0)
            yield return new RolloutFinding(survey.Service, "MigrationStays", RolloutEffect.Told,
                $"{migrate.Command[0]} runs once "
                    + $"{(migrate.IsBefore ? "before the first new instance" : "after the last old instance")}, and nothing takes it "
                    + $"back: a rollback runs the old version on what it has changed.",
                "Make sure that the old version can live with it, or name what takes it back: services.NAME.migrate.undo.");
        if (survey.Instances.Count == 0)
            yield return new RolloutFinding(survey.Service, "NothingRuns", RolloutEffect.Told,
                "No instance of it is there: there is nothing to go back to.", null);
    }
}
