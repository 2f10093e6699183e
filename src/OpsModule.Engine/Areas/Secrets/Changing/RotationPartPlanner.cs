using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Plans the parts of a rotation that one secret brings.</summary>
internal sealed class RotationPartPlanner(OpsContext context, RotationOptions options)
{
    /// <summary>Looks at all of it, and changes nothing.</summary>
    /// <exception cref="OpsException">What forbids the rotation.</exception>
    public async Task<RotationPart> PlanAsync(OpenedSecret secret, CancellationToken ct)
    {
        SecretEntry entry = secret.Entry;
        // A place of several values is not written as a whole: others' keys, and what signs still, would be lost.
        if (entry.IsPhased)
            throw SecretErrors.SecretUnsupported.Make($"{entry.Name} is replaced in phases, and not together with others.",
                $"Rotate it by itself: Invoke-OpsSecretRotation {entry.Name}.", entry.Name);
        RefuseUnderWay(secret);
        var finder = new CurrentSecret(secret);
        SecretMaterial current = await finder.FindAsync(ct).ConfigureAwait(false);
        RefuseHandedIn(entry, current);
        SecretSurvey survey = await secret.Driver.LookAsync(current, ct).ConfigureAwait(false);
        string? login = survey.NextLogin ?? current.Login;
        // Nobody sees it: it only shows whether the places can carry such a value.
        SecretMaterial sample = new(options.HandedIn?.Value ?? SecretGenerator.Make(entry.Length, entry.Alphabet), login);
        foreach (ISecretPlace place in secret.Places) await place.CheckAsync(sample, ct).ConfigureAwait(false);
        RefuseOverlap(entry, survey);
        string? noOverlap = !survey.Overlaps && entry.Overlap is { } declared && declared > TimeSpan.Zero
            ? $"{entry.Name}: overlap: {DurationText.Show(declared)} does not count, since the new value takes the old one's place." : null;
        // What forbids it was thrown; the rest people should know before.
        string[] told = [.. (await PlaceGuards.LookAsync(context, entry, current, ct).ConfigureAwait(false)).Select(note =>
            $"{entry.Name}: {note.TrimEnd('.')}.")];
        var order = new RotationOrder
        {
            Name = entry.Name, Login = survey.NextLogin, From = secret.Store.Fingerprint(current), Services = secret.RunningReaders,
            HandedIn = options.HandedIn is { } handed ? secret.Store.Fingerprint(handed) : null,
            Overlap = survey.Overlaps ? options.OverlapFor ?? entry.Overlap : null, Overlaps = survey.Overlaps,
            ByHand = survey.DroppedByHand,
            NotBefore = options.NotBefore, Reason = options.Reason, Mends = finder.IsRefused,
        };
        IReadOnlyList<string> warnings = [.. told, .. noOverlap is null ? Array.Empty<string>() : [noOverlap],
            .. finder.Warning is { } warning ? [warning] : Array.Empty<string>()];
        return new RotationPart(order, await SetAsync(secret, order, current, survey, warnings, ct).ConfigureAwait(false),
            Finish(order, survey), [.. secret.Places.Where(p => p.IsBuilt).SelectMany(p => p.Services).Distinct(StringComparer.Ordinal)])
        {
            Sample = sample,
        };
    }

    /// <summary>Refuses a secret of which another rotation has not ended: its values would be lost, one of them valid.</summary>
    /// <exception cref="OpsException"><c>RotationUnderWay</c>.</exception>
    /// <param name="secret">The secret.</param>
    /// <param name="own">The part of a rotation that asks, which is in nobody's way; null for a plan.</param>
    internal static void RefuseUnderWay(OpenedSecret secret, string? own = null)
    {
        OpsContext context = secret.Context;
        KeptSecret kept = secret.Store.Read(secret.Entry.Name);
        if (kept.Change is not { } part || part == own || context.Journal.Find(part) is not { } entry) return;
        string id = entry.Parent ?? entry.Id;
        if (context.Journal.Find(id) is not { } whole) return;
        bool isOpen = whole.Outcome is JournalOutcome.Unfinished or JournalOutcome.Waiting or JournalOutcome.Running;
        // One that has failed and could not be taken back whole has left a value that may count.
        if (!isOpen && (kept.Pending is null || !new ChangeRunner(context).HasLeft(whole))) return;
        string how = whole.Outcome is JournalOutcome.Waiting ? $"waits ({whole.Message})"
            : isOpen ? "has not ended" : "has failed, and has left a value that may count";
        throw SecretErrors.RotationUnderWay.Make($"A rotation of {secret.Entry.Name} since {whole.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} "
            + $"UTC, {id}, {how}.", isOpen ? $"Go on with it (Resume-OpsChange {id}), or take it back (Undo-OpsChange {id})."
                : $"Take the rest of it back: Undo-OpsChange {id}.", secret.Entry.Name);
    }

    private void RefuseOverlap(SecretEntry entry, SecretSurvey survey)
    {
        if (survey.Overlaps || options.OverlapFor is not { } asked || asked == TimeSpan.Zero) return;
        throw SecretErrors.OverlapImpossible.Make($"The old value of {entry.Name} cannot stay valid for {DurationText.Show(asked)}: "
            + $"{(survey.Gap ?? "the new one takes its place").TrimEnd('.')}.",
            entry.Kind == SecretKind.Postgres
                ? $"Leave -OverlapFor out, or make two logins of it: Initialize-OpsSecretRotation -Name {entry.Name}."
                : "Leave -OverlapFor out.", entry.Name);
    }

    private void RefuseHandedIn(SecretEntry entry, SecretMaterial current)
    {
        if (entry.IsMadeElsewhere && options.HandedIn is null)
            throw SecretErrors.SecretValueNeeded.Make($"{entry.Name} is made by somebody else, and no new value was handed in.",
                "Make one there, and hand it in: -Value, -ValueFile or -FromStandardInput.", entry.Name);
        if (options.HandedIn is not { } handed) return;
        // Nobody here would know its id, by which it is revoked.
        if (entry.Kind == SecretKind.ApiKey)
            throw SecretErrors.SecretValueRefused.Make($"A value was handed in for {entry.Name}, whose keys are made where they are kept.",
                "Leave it out.", entry.Name);
        if (handed.Value.Length == 0 || handed.Value == current.Value)
            throw SecretErrors.SecretValueRefused.Make($"The value that was handed in for {entry.Name} is "
                + (handed.Value.Length == 0 ? "empty." : "the one that counts now."), "Hand in the new one.", entry.Name);
    }

    private async Task<ChangePlan> SetAsync(OpenedSecret secret, RotationOrder order, SecretMaterial current, SecretSurvey survey,
        IReadOnlyList<string> told, CancellationToken ct)
    {
        string places = string.Join(", ", secret.Places.Select(p => p.Words));
        List<PlanIdentity> identities = await SetSecret.IdentifyAsync(secret, current, survey, ct).ConfigureAwait(false);
        if (order.HandedIn is { } print) identities.Add(SetSecret.HandedIn(order.Name, print));
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = SetSecret.KindName, Action = options.Action,
            Target = RotationOrder.TargetOf(order.Name), Arguments = order.Write(), PlannedAt = context.Time.GetUtcNow(),
            Summary = $"Set a new value of {order.Name}{(order.Login is { } login ? $" for {login}" : "")}, prove it, and write it to "
                + $"{places}",
            Identities = identities,
            Steps = [new PlannedStep(SetSteps.Create, "Keep a new value in the state folder, sealed."), new PlannedStep(SetSteps.Set,
                survey.SetWords),
                new PlannedStep("prove", "Use it, until it is accepted."), .. secret.Places.Select((p, i) =>
                new PlannedStep($"write-{i + 1}", $"Write it to {p.Words}; all else there stays."))],
            Figures = [new PlanFigure($"value of {order.Name}", order.From), .. secret.Places.Select(p => new PlanFigure("use",
                p.Services.Count == 0 ? p.Words : $"{p.Words} of {string.Join(", ", p.Services)}"))],
            Warnings = [.. survey.Warnings, .. told,
                .. survey.Overlaps || survey.Gap is not { } gap ? Array.Empty<string>() : [$"{order.Name}: {gap.TrimEnd('.')}."],
                .. order.Services.Count > 0 ? Array.Empty<string>() : [$"No service is known that reads {order.Name}: whoever does must "
                    + $"be restarted by you."]],
            Undo = "the old value is written back, and the new one counts no more",
        };
    }

    private ChangePlan Finish(RotationOrder order, SecretSurvey survey) => new()
    {
        Environment = context.Environment.Name, Kind = FinishSecret.KindName, Action = options.Action,
        Target = RotationOrder.TargetOf(order.Name), Arguments = order.Write(), PlannedAt = context.Time.GetUtcNow(),
        Summary = order.ByHand is { } work ? $"Wait until the old value of {order.Name} is disabled by hand ({work.TrimEnd('.')})"
            : $"Drop the old value of {order.Name}{(order.Overlap is { } overlap ? $" after {DurationText.Show(overlap)}" : "")}, and "
                + "prove it refused",
        Steps = [new PlannedStep(FinishSteps.InUse, "See that the services have the new value, and none the old one."),
            new PlannedStep(FinishSteps.Sessions, "Count the sessions on the old one, down to none."),
            new PlannedStep(FinishSteps.Drop, survey.DropWords ?? survey.DroppedByHand ?? "The old one counts no more."),
            new PlannedStep(FinishSteps.Refused, "Use the old one, until it is refused.")],
    };
}
