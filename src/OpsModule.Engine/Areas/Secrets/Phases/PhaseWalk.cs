using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>Makes one phase: the places are written, the services that read them are replaced, and their instances looked at.</summary>
internal sealed class PhaseWalk(ChangeRun run, OpenedSecret secret)
{
    /// <summary>Makes a phase; one that was made is passed over.</summary>
    /// <param name="name">What its steps begin with.</param>
    /// <param name="move">The phase.</param>
    /// <param name="ct">Stops it.</param>
    public async Task MakeAsync(string name, KeyMove move, CancellationToken ct)
    {
        KeySetPlace[] places = [.. secret.KeySets.Where(p => p.IsOf(move.Phase))];
        IReadOnlyList<string> services = ServicesOf(secret, places);
        var replacement = new PhaseReplacement(run, secret.Entry.Name);
        await run.StepAsync(name + "-keep", () => replacement.KeepAsync(services, ct)).ConfigureAwait(false);
        int number = 0;
        foreach (KeySetPlace place in places)
            await run.StepAsync($"{name}-write-{++number}", () => place.MoveAsync(run, move, ct)).ConfigureAwait(false);
        await replacement.ReplaceAsync(name, services, ct).ConfigureAwait(false);
        if (run.IsDone(name)) return;
        (bool seen, string words) = await LookAsync(move, services, ct).ConfigureAwait(false);
        await run.StepAsync(name, () => Task.CompletedTask, new Dictionary<string, string>
        {
            [name + SetSteps.Proof] = words, [name + FinishSteps.Seen] = seen ? "yes" : "no",
        }).ConfigureAwait(false);
    }

    /// <summary>The services that are replaced when these places change.</summary>
    public static IReadOnlyList<string> ServicesOf(OpenedSecret secret, IEnumerable<KeySetPlace> places)
    {
        HashSet<string> read = [.. places.SelectMany(p => p.Services)];
        return [.. secret.RunningReaders.Where(read.Contains)];
    }

    /// <summary>Whether each instance that runs has what it must, and none what it must not have any more.</summary>
    private async Task<(bool Seen, string Words)> LookAsync(KeyMove move, IReadOnlyList<string> services, CancellationToken ct)
    {
        if (move.Phase is KeyPhase.Drop or KeyPhase.Replace)
            return await new ServicesInUse(run.Context, secret).ProveAsync(move.From, move.To, services, ct).ConfigureAwait(false);
        bool all = true;
        var words = new List<string>();
        foreach (string service in services)
        {
            if (run.Context.Platform().Rolling is not IInstanceRollout rolling)
            {
                (all, string said) = (false, $"what the instances of {service} have cannot be seen here; they were replaced");
                words.Add(said);
                continue;
            }
            InstanceFacts[] running = [.. (await rolling.ListAsync(service, ct).ConfigureAwait(false)).Where(i => i.Runs)];
            bool isClient = secret.KeySets.Where(p => p.Services.Contains(service)).All(p => !p.Accepts);
            // A list may hold several; one that has the old value and not the new one would refuse what others sign.
            if (running.FirstOrDefault(i => Has(i, move.From) && !Has(i, move.To)) is { } behind)
                throw PhaseErrors.KeyNotAccepted.Make($"{behind} of {service} was made anew, and does not have the new value of "
                    + $"{secret.Entry.Name}.", "See what it is made of: a variable of the shell, or another file, may override the "
                    + "use. Then go "
                    + "on (Resume-OpsChange), or take it back (Undo-OpsChange).", secret.Entry.Name);
            if (move.Phase == KeyPhase.Sign
                && running.FirstOrDefault(i => secret.KeySets.Any(p => p.Uses(service, i.Variables, move.From))) is { } before)
                throw PhaseErrors.KeyNotAccepted.Make($"{before} of {service} was made anew, and uses the old value of "
                    + $"{secret.Entry.Name} still.", "See what it is made of: a variable of the shell, or another file, may override the "
                    + "use. Then go on (Resume-OpsChange), or take it back (Undo-OpsChange).", secret.Entry.Name);
            int seen = running.Count(i => Has(i, move.To));
            all &= seen == running.Length;
            words.Add(seen < running.Length ? $"{service}: {seen} of {running.Length} instances have the new value in their variables; a "
                + "file that they read cannot be seen from here" : isClient ? $"{service}: each of {running.Length} instances has the "
                + $"new value"
                : $"{service}: each of {running.Length} instances accepts the new value");
        }
        return (all, words.Count == 0 ? "no service is known that reads it" : string.Join("; ", words));
    }

    private static bool Has(InstanceFacts instance, SecretMaterial material) =>
        instance.Variables.Values.Any(v => v is not null && v.Contains(material.Value, StringComparison.Ordinal));
}
