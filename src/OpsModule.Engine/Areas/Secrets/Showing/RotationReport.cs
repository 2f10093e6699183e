using System.Globalization;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Showing;

/// <summary>What came of a rotation, out of the journal: also of one that waits, or was killed.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class RotationReport(OpsContext context)
{
    private const string Argument = "argument.";

    /// <summary>One result for each secret of a rotation; none for a change that is no rotation.</summary>
    /// <param name="change">The change's id.</param>
    public IReadOnlyList<RotationResult> Of(string change)
    {
        if (context.Journal.Find(change) is not { } whole) return [];
        if (whole.Kind == RotateInPhases.KindName) return [OfPhases(whole)];
        if (whole.Kind != RotateSecrets.KindName) return [];
        IReadOnlyList<JournalEntry> parts = context.Journal.FindParts(change);
        return [.. whole.Data[Argument + RotateSecrets.Names].Split(' ').Select(name => Of(whole, parts, name))];
    }

    /// <summary>Of a rotation in phases, which is one change.</summary>
    private RotationResult OfPhases(JournalEntry whole)
    {
        string name = whole.Data[Argument + "name"];
        JournalStep[] steps = [.. whole.Steps];
        string? used = Last(steps, PhaseSteps.Usage) is { } counted ? counted.Data.GetValueOrDefault(counted.Name) : null;
        string[] unseen = [.. steps.Where(IsUnseen).Select(ProofOf).OfType<string>(),
            .. used == FinishSteps.Unseen ? ["Who uses the old key cannot be seen"] : Array.Empty<string>()];
        bool isLeft = new SecretStore(context).Read(name) is { Pending: not null } kept && kept.Change == whole.Id;
        RotationOutcome outcome = OutcomeOf(whole, whole, unseen.Length > 0, isLeft);
        return new RotationResult
        {
            Environment = context.Environment.Name, Name = name, Outcome = outcome,
            Kind = context.Environment.Section<SecretsSettings>().Entries.GetValueOrDefault(name)?.Kind ?? SecretKind.Jwt,
            Words = outcome switch
            {
                RotationOutcome.Done => null,
                RotationOutcome.NotProven => string.Join(" ", unseen.Select(words => words + ".")),
                _ => whole.Message,
            },
            Fingerprint = whole.Data.GetValueOrDefault(PhaseSteps.Print),
            Services = whole.Data.GetValueOrDefault(Argument + "services", "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Steps = [.. steps.Where(s => !s.Name.EndsWith(ChangeRun.EndOfStep, StringComparison.Ordinal))
                .Select(s => new RotationStep(s.Name, ProofOf(s) ?? s.Name, s.Time))],
            Proofs = [.. steps.Select(ProofOf).OfType<string>()],
            OldSessions = int.TryParse(used, NumberStyles.None, CultureInfo.InvariantCulture, out int left) ? left : null,
            Seconds = Math.Round(whole.Duration.TotalSeconds, 3), GapSeconds = GapOf(steps, PhaseSteps.Replace + "-write-1",
                PhaseSteps.Replace), Due = whole.Due, StartedAt = whole.StartedAt, Change = whole.Id,
        };
    }

    /// <summary>From one step to another; 0 where one of them was not made.</summary>
    private static double GapOf(JournalStep[] steps, string begin, string end)
    {
        JournalStep? from = steps.FirstOrDefault(s => s.Name == begin), to = steps.FirstOrDefault(s => s.Name == end);
        return from is null || to is null ? 0 : Math.Round(Math.Max(0, (to.Time - from.Time).TotalSeconds), 3);
    }

    private RotationResult Of(JournalEntry whole, IReadOnlyList<JournalEntry> parts, string name)
    {
        JournalEntry? set = Part(parts, SetSecret.KindName, name), finish = Part(parts, FinishSecret.KindName, name);
        JournalEntry[] own = [.. new[] { set, finish }.OfType<JournalEntry>()];
        string[] services = set?.Data.GetValueOrDefault(Argument + "services", "").Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        JournalStep[] looks = [.. own.SelectMany(p => p.Steps)];
        // What was looked at more than once counts as it was seen at last.
        if (Last(looks, FinishSteps.InUse) is { } use) looks = [.. looks.Where(s => s == use || !IsLook(s, FinishSteps.InUse))];
        string? sessions = Last(looks, FinishSteps.Sessions) is { } counted ? counted.Data.GetValueOrDefault(counted.Name) : null;
        string[] unseen = [.. looks.Where(IsUnseen).Select(ProofOf).OfType<string>(),
            .. sessions == FinishSteps.Unseen ? ["Whether sessions still run on the old value cannot be seen"] : Array.Empty<string>()];
        bool isLeft = set is not null && new SecretStore(context).Read(name) is { Pending: not null } kept && kept.Change == set.Id;
        RotationOutcome outcome = OutcomeOf(whole, finish, unseen.Length > 0, isLeft);
        SecretEntry? entry = context.Environment.Section<SecretsSettings>().Entries.GetValueOrDefault(name);
        return new RotationResult
        {
            Environment = context.Environment.Name, Name = name, Kind = entry?.Kind ?? SecretKind.Value, Outcome = outcome,
            Words = outcome switch
            {
                RotationOutcome.Done => null,
                RotationOutcome.NotProven => string.Join(" ", unseen.Select(words => words + ".")),
                RotationOutcome.Unfinished => whole.Message ?? $"It has not ended, and came to "
                    + $"{own.SelectMany(p => p.Steps).LastOrDefault()?.Name ?? "its beginning"}: Resume-OpsChange {whole.Id}.",
                _ => whole.Message,
            },
            Fingerprint = set?.Data.GetValueOrDefault(SetSteps.Print), Services = services,
            Steps = [.. own.SelectMany(p => p.Steps).Concat(parts.Where(p => services.Contains(p.Target.Split('/')[^1])
                && p.Target.StartsWith("service/", StringComparison.Ordinal)).SelectMany(p => p.Steps))
                .Where(s => !s.Name.EndsWith(ChangeRun.EndOfStep, StringComparison.Ordinal)).OrderBy(s => s.Time)
                .Select(s => new RotationStep(s.Name, ProofOf(s) ?? s.Name, s.Time))],
            Proofs = [.. looks.Select(ProofOf).OfType<string>()],
            OldSessions = int.TryParse(sessions, NumberStyles.None, CultureInfo.InvariantCulture, out int left) ? left : null,
            Seconds = Math.Round(whole.Duration.TotalSeconds, 3), GapSeconds = GapOf(set, finish), Due = whole.Due,
            StartedAt = whole.StartedAt, Change = whole.Id,
        };
    }

    private static JournalStep? Last(IEnumerable<JournalStep> steps, string look) => steps.LastOrDefault(s => IsLook(s, look));

    private static bool IsLook(JournalStep step, string look) => step.Name == look
        || (step.Name.StartsWith(look + "-", StringComparison.Ordinal) && step.Name[(look.Length + 1)..].All(char.IsAsciiDigit));

    private static string? ProofOf(JournalStep step) => step.Data.GetValueOrDefault(step.Name + SetSteps.Proof);

    private static bool IsUnseen(JournalStep step) => step.Data.GetValueOrDefault(step.Name + FinishSteps.Seen) == "no";

    private static JournalEntry? Part(IEnumerable<JournalEntry> parts, string kind, string name) =>
        parts.FirstOrDefault(p => p.Kind == kind && p.Target == RotationOrder.TargetOf(name));

    private static RotationOutcome OutcomeOf(JournalEntry whole, JournalEntry? finish, bool unseen, bool isLeft) => (whole.Outcome,
        finish?.Outcome) switch
    {
        (_, JournalOutcome.Completed) => unseen ? RotationOutcome.NotProven : RotationOutcome.Done,
        (JournalOutcome.Waiting, _) => RotationOutcome.Waiting,
        // What it had made could not be taken back whole.
        (JournalOutcome.Failed or JournalOutcome.Cancelled, _) => isLeft ? RotationOutcome.Unfinished : RotationOutcome.TakenBack,
        _ => RotationOutcome.Unfinished,
    };

    /// <summary>From the moment at which the new one counts to that at which all services have it.</summary>
    private static double GapOf(JournalEntry? set, JournalEntry? finish)
    {
        if (set is null || set.Data.GetValueOrDefault(Argument + "overlaps") != "false") return 0;
        JournalStep? from = set.Steps.FirstOrDefault(s => s.Name == SetSteps.Set), to = finish?.Steps.FirstOrDefault(s =>
            s.Name == FinishSteps.Begin);
        return from is null || to is null ? 0 : Math.Round(Math.Max(0, (to.Time - from.Time).TotalSeconds), 3);
    }
}
