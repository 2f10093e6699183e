using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies;
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
        ImageFacts? before = instances.Count == 0 ? null : await rolling.FindImageAsync(instances[0].ImageId, ct).ConfigureAwait(false);
        KeptRevision? from = instances.Count == 0 ? null : new RevisionRecorder(context, store).Of(now, instances, before);
        KeptRevision? back = options.ToRevision is { } number ? store.Find(service, number) : null;
        var survey = new RolloutSurvey
        {
            Service = service, Options = options, Model = back?.Model ?? now, Instances = instances, From = from, Back = back,
            Revision = Math.Max(store.Next(service), (from?.Shown.Revision ?? 0) + 1),
        };
        var findings = new List<RolloutFinding>();
        survey = survey with { Image = await ImageAsync(rolling, survey, findings, ct).ConfigureAwait(false) };
        survey = await ProxyAsync(survey, findings, ct).ConfigureAwait(false);
        findings.AddRange(RolloutChecks.OfTraits(survey.Model, survey.Wanted));
        if (survey.Image is { } image) findings.AddRange(RolloutChecks.OfImage(service, image,
            await rolling.ReadEngineAsync(ct).ConfigureAwait(false), before));
        if (RolloutChecks.OfHealth(survey.Model, survey.Image, options) is { } health) findings.Add(health);
        await LockAsync(rolling, service, findings, ct).ConfigureAwait(false);
        findings.AddRange(InstanceCount.Of(survey));
        findings.AddRange(OfState(survey));
        (RolloutStrategy strategy, string? words) = RolloutChecks.Choose(options, findings);
        return survey with { Findings = findings, Strategy = strategy, StrategyWords = words };
    }

    /// <summary>What makes instances here.</summary>
    /// <exception cref="OpsException"><c>RolloutUnsupported</c>.</exception>
    public static IInstanceRollout Rolling(OpsContext context, string service) => context.Platform().Rolling as IInstanceRollout
        ?? throw RolloutErrors.RolloutUnsupported.Make(
            $"{service} runs on {context.Platform().Description}, where no instances are brought out.",
            "A unit of a host is brought out by its package and Restart-OpsService.", service);

    private static async Task<ImageTarget?> ImageAsync(IInstanceRollout rolling, RolloutSurvey survey, List<RolloutFinding> findings,
        CancellationToken ct)
    {
        try
        {
            if (survey.Back is { } back) return await KeptAsync(rolling, back, ct).ConfigureAwait(false);
            return await new ImageResolver(rolling).FindAsync(survey.Options, survey.Model,
                survey.Instances.FirstOrDefault()?.Instance.Image, ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (ImageErrors.ImageNotFound.Is(e) || ImageErrors.RegistryLoginNeeded.Is(e)
            || ImageErrors.RegistryUnreachable.Is(e) || ImageErrors.ImagePullFailed.Is(e))
        {
            findings.Add(new RolloutFinding(survey.Service, e.ErrorId, RolloutEffect.Refused, e.Message, e.RecommendedAction));
            return null;
        }
    }

    /// <summary>The image of a revision: here still, or where it can be pulled from.</summary>
    private static async Task<ImageTarget> KeptAsync(IInstanceRollout rolling, KeptRevision back, CancellationToken ct)
    {
        string name = back.Override ?? back.Shown.Image ?? back.ImageId;
        if (await rolling.FindImageAsync(back.ImageId, ct).ConfigureAwait(false) is { } image)
        {
            // Its name may have been given to another image since; then the name of ours has to do.
            bool same = await rolling.FindImageAsync(name, ct).ConfigureAwait(false) is { } named && named.Id == back.ImageId;
            return new ImageTarget(back.Shown.Image ?? name, image.Id, RevisionRecorder.DigestOf(back.Shown.Image, image), null, same
                ? back.Override : back.Tag ?? back.ImageId)
            {
                Platforms = [$"{image.Os}/{image.Architecture}"], HasHealthCheck = image.HasHealthCheck, Volumes = image.Volumes,
                    Bytes = image.Bytes,
            };
        }
        return back.Pull is { } pull ? new ImageTarget(back.Shown.Image ?? pull, null, ImageReference.Parse(pull).Digest, pull,
            back.Override ?? pull)
            : throw ImageErrors.ImageNotFound.Make(
                $"The image of revision {back.Shown.Revision} of {back.Shown.Service}, {back.ImageId}, is not here any more, and it "
                + $"was built here: no registry has it.",
                "Build it again from what it was built of, and bring it out with -Image.", back.Shown.Service);
    }

    private async Task<RolloutSurvey> ProxyAsync(RolloutSurvey survey, List<RolloutFinding> findings, CancellationToken ct)
    {
        string wanted = survey.Options.Proxy!;
        if (wanted.Equals("none", StringComparison.OrdinalIgnoreCase)) return Without(survey, findings);
        bool isAuto = wanted.Equals("auto", StringComparison.OrdinalIgnoreCase);
        ProxySettings[] known = [.. ProxyFactory.Known(context)];
        string[] names = isAuto ? [.. known.Select(p => p.Name)]
            : known.Any(p => p.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)) ? [wanted]
            : [.. known.Where(p => p.Kind.ToString().Equals(wanted, StringComparison.OrdinalIgnoreCase)).Select(p => p.Name)];
        if (!isAuto && names.Length == 0) names = [wanted]; // its factory says that there is none
        foreach (string name in names)
        {
            try
            {
                using IServiceProxy proxy = await ProxyFactory.OpenAsync(context, name, ct).ConfigureAwait(false);
                await proxy.CheckAsync(survey.Service, ct).ConfigureAwait(false);
                if (proxy.Weakness is { } weak)
                    findings.Add(new RolloutFinding(survey.Service, "ProxyResetsConnections", RolloutEffect.Told, weak.Words, weak.Remedy));
                return survey with { Proxy = name, ProxyWords = proxy.Description };
            }
            // One that does not know the service is not the one before it.
            catch (OpsException e) when (isAuto && e.ErrorId == "ProxyServiceUnknown") { }
            catch (OpsException e)
            {
                findings.Add(new RolloutFinding(survey.Service, e.ErrorId, RolloutEffect.Refused, e.Message, e.RecommendedAction));
                return survey with { Proxy = name };
            }
        }
        return Without(survey, findings);
    }

    private static RolloutSurvey Without(RolloutSurvey survey, List<RolloutFinding> findings)
    {
        findings.Add(new RolloutFinding(survey.Service, "NoProxy", RolloutEffect.Told,
            "No proxy is told which instances there are: whoever sends requests finds the new ones by himself, and may send some to an "
                + "old one that ends.",
            "Name the proxy before it under proxies: in the environment file, and run New-OpsProxyConfiguration."));
        return survey;
    }

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
        if (survey.From is { Shown.By: ServiceRevision.Others, HasFiles: false })
            yield return new RolloutFinding(survey.Service, "FilesChanged", RolloutEffect.Told,
                "What runs was made with other variables than the files have now, and the files as they were are not known: a rollback "
                    + "gives the instances their variables back, and leaves the files.", null);
        if (survey.Instances.Count == 0)
            yield return new RolloutFinding(survey.Service, "NothingRuns", RolloutEffect.Told,
                "No instance of it is there: there is nothing to go back to.", null);
    }
}
