using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>Plans rotations in phases, one secret at a time: each has its own overlap, and waits for it alone.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class PhasePlanner(OpsContext context)
{
    /// <summary>Which of these secrets are replaced in phases.</summary>
    /// <param name="names">Secrets, by the names that the environment file has.</param>
    public IReadOnlyList<string> Choose(IEnumerable<string> names)
    {
        IReadOnlyDictionary<string, SecretEntry> all = context.Environment.Section<SecretsSettings>().Entries;
        return [.. names.Where(n => all.GetValueOrDefault(n) is { IsPhased: true })];
    }

    /// <summary>
    /// A plan of the rotation of one secret. It is irreversible where sessions end with it: with an overlap of less than what was signed is
    /// valid for, or where a place holds one value alone.
    /// </summary>
    /// <param name="name">The secret, by the name that the environment file has.</param>
    /// <param name="options">How; an overlap of zero replaces the value at once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">What forbids it, with the remedy.</exception>
    public Task<ChangePlan> PlanAsync(string name, RotationOptions options, CancellationToken cancellationToken) =>
        PlanAsync(name, options, isAlone: false, cancellationToken);

    /// <summary>The same at once, and in the place of all that a list accepts, whoever has them: every key of it is refused.</summary>
    /// <param name="name">The secret, by the name that the environment file has.</param>
    /// <param name="options">Who asks, and why.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">What forbids it, with the remedy.</exception>
    public Task<ChangePlan> PlanAloneAsync(string name, RotationOptions options, CancellationToken cancellationToken) =>
        PlanAsync(name, options with { OverlapFor = TimeSpan.Zero }, isAlone: true, cancellationToken);

    private async Task<ChangePlan> PlanAsync(string name, RotationOptions options, bool isAlone, CancellationToken cancellationToken)
    {
        using PlanSearch once = PlanSearch.Begin(context, [name]);
        using IDisposable clean = ShellOverride.Clean(context, [name]);
        OpenedSecret secret = OpenedSecret.Of(context, name);
        SecretEntry entry = secret.Entry;
        if (!entry.IsPhased)
            throw PhaseErrors.SecretNotPhased.Make($"{entry.Name} is not replaced in phases.", "Rotate it with the others.", entry.Name);
        RotationPartPlanner.RefuseUnderWay(secret);
        if (options.HandedIn is not null)
            throw SecretErrors.SecretValueRefused.Make($"A value was handed in for {entry.Name}, which is made here.", "Leave it out.",
                entry.Name);
        SecretMaterial current = await PhaseCurrent.FindAsync(secret, isAlone, cancellationToken).ConfigureAwait(false);
        TimeSpan? overlap = OverlapOf(entry, options);
        string prefix = entry.ApiKey?.Prefix ?? "";
        // Nobody sees it: it only shows whether the places can carry such a value.
        var sample = new SecretMaterial(prefix + SecretGenerator.Make(entry.Length, entry.Alphabet));
        foreach (KeySetPlace place in secret.KeySets) await place.CheckAsync(sample, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> told = await PlaceGuards.LookAsync(context, entry, current, cancellationToken).ConfigureAwait(false);
        RefuseBuilt(secret);
        await once.ProveLinesAsync(cancellationToken).ConfigureAwait(false);
        // Whoever has another value that is accepted could sign with it still.
        IReadOnlyList<string> others = overlap is null && entry.Kind == SecretKind.Jwt
            ? await OthersThatGoAsync(secret, current, cancellationToken).ConfigureAwait(false) : [];
        var order = new PhaseOrder
        {
            Name = entry.Name, From = secret.Store.Fingerprint(current), Overlap = overlap, Services = secret.RunningReaders,
            NotBefore = options.NotBefore, Reason = options.Reason,
            IsAlone = isAlone || others.Count > 0,
        };
        string? ends = EndsOf(entry, overlap);
        List<string> warnings = [.. told.Select(t => $"{entry.Name}: {t.TrimEnd('.')}."), .. others, .. await OthersAsync(secret, current,
            cancellationToken).ConfigureAwait(false)];
        if (ends is not null) warnings.Insert(0, isAlone ? $"Every key that {entry.Name} lists is refused at once, whoever has it." : ends);
        if (order.Services.Count == 0)
            warnings.Add($"No service is known that reads {entry.Name}: in each phase whoever does must be restarted by you, and "
                + $"nothing here "
                + "waits for it.");
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RotateInPhases.KindName, Action = options.Action, Target = order.Target,
            Summary = Summary(entry, overlap), Arguments = order.Write(), PlannedAt = context.Time.GetUtcNow(),
            Identities = await RotateInPhases.IdentifyAsync(secret, current, cancellationToken).ConfigureAwait(false),
            Steps = [.. Steps(secret, overlap)],
            Figures = [new PlanFigure($"value of {entry.Name}", order.From), .. secret.KeySets.Select(p => new PlanFigure("use",
                p.Services.Count == 0 ? p.Words : $"{p.Words} of {string.Join(", ", p.Services)}"))],
            Warnings = warnings, Irreversible = ends is not null,
        };
    }

    /// <summary>How long both are accepted; null where the new one takes the old one's place at once.</summary>
    private static TimeSpan? OverlapOf(SecretEntry entry, RotationOptions options)
    {
        TimeSpan asked = options.OverlapFor ?? entry.Overlap ?? TimeSpan.Zero;
        bool isAtOnce = asked == TimeSpan.Zero && (options.OverlapFor is not null || entry.Kind == SecretKind.Jwt);
        if (entry.HoldsTwo) return isAtOnce ? null : asked;
        if (options.OverlapFor is { } given && given > TimeSpan.Zero)
            throw SecretErrors.OverlapImpossible.Make($"The old value of {entry.Name} cannot stay valid for "
                + $"{DurationText.Show(given)}: a place "
                + "of it holds one value alone.", $"Give each of secrets.{entry.Name}.uses a previous:, form: json or form: "
                + $"list.", entry.Name);
        return null;
    }

    /// <summary>What ends with it, in a sentence; null where nothing does.</summary>
    private static string? EndsOf(SecretEntry entry, TimeSpan? overlap)
    {
        if (entry.Tokens is not { } life)
            return overlap is null ? $"All clients that have the old key of {entry.Name} are refused at once." : null;
        if (overlap is null)
            return $"All sessions end: every token that was signed with the old value of {entry.Name} is refused, while services are "
                + $"replaced "
                + "by some instances and afterwards by all.";
        return overlap >= life.Longest ? null : $"Sessions end: tokens that were signed with the old value of {entry.Name} are valid "
            + $"for up to "
            + $"{DurationText.Show(life.Longest)}, and are refused after {DurationText.Show(overlap.Value)}.";
    }

    private static void RefuseBuilt(OpenedSecret secret)
    {
        if (secret.KeySets.FirstOrDefault(p => p.IsBuilt) is { } built)
            throw PhaseErrors.SecretNotPhased.Make($"{built.Words} is built into an image, and what is there is replaced in phases by new "
                + "instances of the same image.", "Give it to the service when it starts.", secret.Entry.Name);
    }

    /// <summary>What is accepted now beside the value that counts, and will not be afterwards.</summary>
    private static async Task<IReadOnlyList<string>> OthersAsync(OpenedSecret secret, SecretMaterial current, CancellationToken ct)
    {
        var said = new List<string>();
        foreach (KeySetPlace place in secret.KeySets.Where(p => p.IsPair))
            if ((await place.ReadAllAsync(ct).ConfigureAwait(false)).Any(v => v.Value != current.Value))
                said.Add($"{place.Words} accepts another value beside the one that counts; it is replaced in the first phase, and what was "
                    + "signed with it is refused from then on.");
        return said;
    }

    /// <summary>What is accepted beside the value that counts where several stand in one place: at once it goes with that.</summary>
    private static async Task<IReadOnlyList<string>> OthersThatGoAsync(OpenedSecret secret, SecretMaterial current, CancellationToken ct)
    {
        var said = new List<string>();
        foreach (KeySetPlace place in secret.KeySets.Where(p => p.Accepts && !p.IsPair))
            if ((await place.ReadAllAsync(ct).ConfigureAwait(false)).Count(v => v.Value != current.Value) is > 0 and var count)
                said.Add($"{place.Words} accepts {(count == 1 ? "1 other value" : $"{count} other values")} beside the one that counts: "
                    + "what was signed with it is refused, too, and nothing brings it back.");
        return said;
    }

    private static string Summary(SecretEntry entry, TimeSpan? overlap) => overlap is not { } wait
        ? $"Replace {entry.Name} at once" : $"Rotate {entry.Name} in phases: accept the new value everywhere, use it, and after "
            + $"{DurationText.Show(wait)} drop the old one";

    private static IEnumerable<PlannedStep> Steps(OpenedSecret secret, TimeSpan? overlap)
    {
        yield return new PlannedStep(PhaseSteps.Create, "Keep a new value in the state folder, sealed.");
        if (overlap is not { } wait)
        {
            yield return Phase(secret, KeyPhase.Replace, PhaseSteps.Replace, "The new value takes the old one's place");
            yield break;
        }
        yield return Phase(secret, KeyPhase.Accept, PhaseSteps.Accept, "The new value is accepted beside the old one, which is used");
        yield return Phase(secret, KeyPhase.Sign, PhaseSteps.Sign, "The new value is used, and the old one accepted");
        yield return new PlannedStep(PhaseSteps.Signed, $"Wait for {DurationText.Show(wait)}"
            + (secret.Entry.ApiKey is null ? "." : ", and until logs tell of nobody who uses the old one."));
        yield return Phase(secret, KeyPhase.Drop, PhaseSteps.Drop, "The old value is accepted no more");
    }

    private static PlannedStep Phase(OpenedSecret secret, KeyPhase phase, string name, string words)
    {
        KeySetPlace[] places = [.. secret.KeySets.Where(p => p.IsOf(phase))];
        IReadOnlyList<string> services = PhaseWalk.ServicesOf(secret, places);
        return new PlannedStep(name, places.Length == 0 ? $"{words}: nothing is written, clients change by themselves."
            : $"{words}: {string.Join(", ", places.Select(p => p.Words))}" + (services.Count == 0 ? "."
                : $", and {string.Join(", ", services)} replaced."));
    }
}
