using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Forwarding;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Whether the journal is as it was written.</summary>
internal static class JournalCheck
{
    public const string Name = "journal.intact", Forwarding = "journal.forwarded", Overdue = "change.overdue";

    /// <summary>So long it may take to send what has ended.</summary>
    private static readonly TimeSpan Sending = TimeSpan.FromMinutes(5);

    public static HealthCheck Of(OpsContext context) => new(Name, context.Environment.StateDirectory, (report, _) =>
    {
        JournalTestResult result = new Journal(context.Environment, context.Time).Test();
        report.Said(!result.Passed ? HealthStatus.Unhealthy : result.IsSuspect ? HealthStatus.Degraded : HealthStatus.Healthy, result.Message, "Run Test-OpsJournal, and find out who wrote to the journal.");
        return Task.CompletedTask;
    }) { Blocks = true };

    /// <summary>Whether a change waits though its time has come: nobody goes on with it.</summary>
    public static HealthCheck OverdueOf(OpsContext context) => new(Overdue, context.Environment.StateDirectory, (report, _) =>
    {
        JournalEntry[] late = [.. new Journal(context.Environment, context.Time).Find(new JournalQuery { Waiting = true }, out int _)
            .Where(c => c.Parent is null && c.Due <= report.Now).OrderBy(c => c.Due)];
        string others = late.Length > 1 ? $", and {late.Length - 1} more" : "";
        report.Measured(Overdue, late.Length == 0 ? 0 : (report.Now - late[0].Due!.Value).TotalSeconds, late.Length == 0 ? "No change waits beyond its time."
            : $"{late[0].Action} of {late[0].Target} ({late[0].Id}) was to be gone on with at {late[0].Due:yyyy-MM-dd HH:mm}Z{others}.",
            "Go on with what is due: Resume-OpsChange -Due. Put that line into a schedule.");
        return Task.CompletedTask;
    }) { Blocks = true };

    /// <summary>Whether what ended was sent to where it is to be sent.</summary>
    public static IEnumerable<HealthCheck> Forwarded(OpsContext context) => context.Environment.Section<JournalSettings>()
        .Forward.Select(target => new HealthCheck(Forwarding, target.Name, (report, _) =>
    {
        ReportForwarded(context, target, report);
        return Task.CompletedTask;
    }) { Blocks = true });

    private static void ReportForwarded(OpsContext context, ForwardTarget target, HealthReport report)
    {
        ForwardPosition? position = ForwardPosition.Read(context.Environment.StateDirectory, target, out bool damaged);
        if (damaged) report.Said(HealthStatus.Degraded, "How far the journal was sent is not known: the note of it is damaged.",
            "The next change begins anew; Test-OpsJournal -Store tells what a store lacks.");
        else if (position?.FailingSince is { } since)
            report.Said(HealthStatus.Degraded,
                $"Nothing could be sent since {since.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {position.Failure}.",
                "What was not sent goes with the next change, once it takes it again.");
        else
        {
            using JournalSnapshot snapshot = new JournalFile(context.Environment.StateDirectory, context.Time).Snapshot();
            Compare(snapshot, position, report);
        }
    }

    /// <summary>What was sent says nothing by itself: the journal's end tells whether that is all.</summary>
    private static void Compare(JournalSnapshot snapshot, ForwardPosition? position, HealthReport report)
    {
        if (position is null)
        {
            if (!snapshot.ReadBackwards().Any(l => l.Parse() is { IsEnd: true }))
                report.Said(HealthStatus.Healthy, "Nothing was to be sent yet.");
            else report.Said(HealthStatus.Unknown,
                "Changes have ended, and nothing is noted as sent: they ended before it was to be sent, or the note of how far is gone.",
                "The next change is sent and noted. Test-OpsJournal -Store tells what a store lacks.");
            return;
        }
        string upTo = position.Line.Split(':')[0];
        if (!position.Fits(snapshot))
        {
            report.Said(HealthStatus.Degraded, $"It was sent up to number {upTo}, and the journal does not hold that line as it was sent.",
                "Run Test-OpsJournal -Store, which tells what became of it.");
            return;
        }
        JournalLine[] behind = [.. snapshot.ReadForwards(position.File, position.End).Select(l => l.Parse()).OfType<JournalLine>()
            .Where(l => l.IsEnd)];
        if (behind.Length == 0) report.Said(HealthStatus.Healthy, $"All that ended was sent, up to number {upTo}.");
        // What ends now is being sent.
        else if (report.Now - behind[0].Time < Sending)
            report.Said(HealthStatus.Healthy, $"It was sent up to number {upTo}; what ended a moment ago is on its way.");
        else
            report.Said(HealthStatus.Degraded, FormattableString.Invariant(
                $"It was sent up to number {upTo}, and {behind.Length} ended since {behind[0].Time.UtcDateTime:yyyy-MM-dd HH:mm} UTC and ")
                + (behind.Length == 1 ? "was not sent." : "were not sent."),
                "What was not sent goes with the next change. Test-OpsJournal -Store tells what a store lacks.");
    }
}
