using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Whether the places hold a value, and the instances that run have it, and none the old one.</summary>
internal sealed class ServicesInUse(OpsContext context, OpenedSecret secret)
{
    /// <summary>A value so short may stand in a variable by chance.</summary>
    private const int Telling = 8;

    /// <summary>Looks; what is not as it must be is an error, and what cannot be seen is said.</summary>
    /// <returns>Whether all was seen, and what was, in sentences.</returns>
    /// <exception cref="Foundations.Errors.OpsException"><c>SecretNotWritten</c>, <c>SecretStillUsed</c>.</exception>
    public async Task<(bool Seen, string Words)> ProveAsync(SecretMaterial? old, SecretMaterial now, IReadOnlyList<string> services,
        CancellationToken ct)
    {
        foreach ((ISecretPlace place, SecretMaterial? found) in await secret.ReadAsync(ct).ConfigureAwait(false))
            if (!OpenedSecret.Holds(found, now))
                throw SecretErrors.SecretNotWritten.Make($"{place.Words} does not hold the value of {secret.Entry.Name} that counts.",
                    "Find out who wrote to it. Write the value that counts there (Set-OpsEnvFileValue), and go on (Resume-OpsChange), or take the "
                        + "rotation back (Undo-OpsChange).", secret.Entry.Name);
        var words = new List<string> { $"{string.Join(", ", secret.Places.Select(p => p.Words))} hold one value" };
        bool all = true;
        foreach (string service in services)
        {
            (bool seen, string said) = context.Platform().Rolling is IInstanceRollout rolling
                ? OfInstances(service, await rolling.ListAsync(service, ct).ConfigureAwait(false), old, now)
                : (false, $"{service} was restarted; what its instances have cannot be seen here");
            all &= seen;
            words.Add(said);
        }
        return (all, string.Join("; ", words));
    }

    private (bool Seen, string Words) OfInstances(string service, IReadOnlyList<InstanceFacts> instances, SecretMaterial? old,
        SecretMaterial now)
    {
        InstanceFacts[] running = [.. instances.Where(i => i.Runs)];
        if (old is not null && running.FirstOrDefault(i => Has(i, old)) is { } behind)
            throw SecretErrors.SecretStillUsed.Make($"{behind} of {service} has the old value of {secret.Entry.Name} still.",
                "See what it is made of: a variable of the shell, or another file, may override the use.", secret.Entry.Name);
        if (running.Length == 0) return (true, $"{service} does not run, and gets it when it starts");
        return running.All(i => Has(i, now)) ? (true, $"{Count(running.Length)} of {service} {(running.Length == 1 ? "has" : "have")} it, "
            + $"and none the old one")
            : (false, $"{Count(running.Length)} of {service} {(running.Length == 1 ? "was" : "were")} looked at, and not all "
                + "have it in their variables: a file that they read cannot be seen from here");
    }

    private static string Count(int number) => number == 1 ? "1 instance" : $"{number} instances";

    private static bool Has(InstanceFacts instance, SecretMaterial material)
    {
        string encoded = Uri.EscapeDataString(material.Value);
        return instance.Variables.Values.Any(v => v == material.Value || (material.Value.Length >= Telling
            && (v.Contains(material.Value, StringComparison.Ordinal) || v.Contains(encoded, StringComparison.Ordinal))));
    }
}
