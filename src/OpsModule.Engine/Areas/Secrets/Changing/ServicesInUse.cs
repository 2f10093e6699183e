using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Whether the places hold a value, and the instances that run have it, and none the old one.</summary>
internal sealed class ServicesInUse(OpsContext context, OpenedSecret secret)
{
    private static readonly TimeSpan Replacing = TimeSpan.FromMinutes(5);

    /// <summary>Looks; what is not as it must be is an error, and what cannot be seen is said.</summary>
    /// <returns>Whether all was seen, and what was, in sentences.</returns>
    /// <exception cref="OpsException"><c>SecretNotWritten</c>, <c>SecretStillUsed</c>.</exception>
    public async Task<(bool Seen, string Words)> ProveAsync(SecretMaterial? old, SecretMaterial now, IReadOnlyList<string> services,
        CancellationToken ct)
    {
        foreach (ISecretPlace place in secret.Places)
            if (!await OpenedSecret.HoldsAsync(place, now, ct).ConfigureAwait(false))
                throw SecretErrors.SecretNotWritten.Make($"{place.Words} does not hold the value of {secret.Entry.Name} that counts.",
                    "Find out who wrote to it. Write the value that counts there (Set-OpsEnvFileValue), and go on (Resume-OpsChange), or take the "
                        + "rotation back (Undo-OpsChange).", secret.Entry.Name);
        var words = new List<string> { $"{string.Join(", ", secret.Places.Select(p => p.Words))} hold one value" };
        bool all = true;
        foreach (string service in services)
        {
            (bool seen, string said) = context.Platform().Rolling is IInstanceRollout rolling
                ? OfInstances(service, await rolling.ListAsync(service, ct).ConfigureAwait(false), old, now)
                : (false, $"what the instances of {service} have cannot be seen here");
            all &= seen;
            words.Add(said);
        }
        return (all, string.Join("; ", words));
    }

    /// <summary>Whether it is restarted: what is stopped is not started, and each run of a job reads what is there then.</summary>
    public static bool IsRestarted(ServiceRecord service) =>
        service.State != ServiceState.Stopped && service.Kind is not ("Job" or "CronJob");

    /// <summary>
    /// Where a platform replaces instances by itself, it goes on after it was told: waits until none is left of those from before.
    /// </summary>
    /// <returns>Why that is not so; null when it is.</returns>
    public static async Task<OpsException?> WaitAsync(OpsContext context, IReadOnlyList<string> services, CancellationToken ct)
    {
        if (services.Count == 0 || context.Platform() is not { Rolling: not IInstanceRollout } platform) return null;
        OpsException? late = null;
        IReadOnlyList<ServiceRecord> found = await new ServiceCatalog(platform).ListAsync(services, e => late ??= e, ct)
            .ConfigureAwait(false);
        await new ServiceWaiter(context, platform) { Rollout = true }.WaitAsync([.. found.Where(IsRestarted).Select(s => s.Name)],
            healthy: true, Replacing, _ => { }, e => late ??= e, ct).ConfigureAwait(false);
        return late;
    }

    private (bool Seen, string Words) OfInstances(string service, IReadOnlyList<InstanceFacts> instances, SecretMaterial? old,
        SecretMaterial now)
    {
        InstanceFacts[] running = [.. instances.Where(i => i.Runs)];
        if (old is not null && running.FirstOrDefault(i => Has(i, old)) is { } behind)
            throw SecretErrors.SecretStillUsed.Make($"{behind} of {service} has the old value of {secret.Entry.Name} still.",
                "See what it is made of: a variable of the shell, or another file, may override the use.", secret.Entry.Name);
        // Without a value before there is nothing to go by but the variables that are to be just this one.
        if (old is null && running.FirstOrDefault(i => HasAnother(service, i, now)) is { } other)
            throw SecretErrors.SecretStillUsed.Make($"{other} of {service} has another value of {secret.Entry.Name} than its places.",
                $"It was made before the value was written: bring it out anew (Update-OpsService {service}).", secret.Entry.Name);
        // A container that is started again has what it was made with.
        if (old is not null && instances.Count(i => !i.Runs && Has(i, old)) is > 0 and int behindStopped)
            return (false, $"{Count(behindStopped)} of {service} that {(behindStopped == 1 ? "does" : "do")} not run "
                + $"{(behindStopped == 1 ? "was" : "were")} made with the old value, and would have it when started again: make "
                + $"{(behindStopped == 1 ? "it" : "them")} anew (Update-OpsService {service})");
        if (running.Length == 0) return (true, $"{service} does not run, and gets it when it is made anew");
        return running.All(i => Has(i, now)) ? (true, $"{Count(running.Length)} of {service} {(running.Length == 1 ? "has" : "have")} it, "
            + $"and none the old one")
            : (false, $"{Count(running.Length)} of {service} {(running.Length == 1 ? "was" : "were")} looked at, and not all "
                + "have it in their variables: a file that they read cannot be seen from here");
    }

    private bool HasAnother(string service, InstanceFacts instance, SecretMaterial material) => secret.Places.OfType<TextPlace>()
        .SelectMany(p => p.Readers).Any(r => r.Service == service && r is { Variable: { } name, IsWhole: true, IsBuilt: false }
            && instance.Variables.TryGetValue(name, out string? text) && !Has(text, material));

    private static string Count(int number) => number == 1 ? "1 instance" : $"{number} instances";

    private static bool Has(InstanceFacts instance, SecretMaterial material)
    {
        // A value so short may stand in a variable by chance.
        if (material.Value.Length < SecretNeedle.Least) return instance.Variables.Values.Contains(material.Value);
        var needle = new SecretNeedle(material.Value, "");
        return instance.Variables.Values.Any(v => needle.In(v) is not null);
    }

    private static bool Has(string text, SecretMaterial material) => material.Value.Length < SecretNeedle.Least
        ? text.Contains(material.Value, StringComparison.Ordinal) : new SecretNeedle(material.Value, "").In(text) is not null;
}
