using System.Text;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Plans pins of backups, and that losses were meant.</summary>
public sealed class BackupMarker(OpsContext context)
{
    /// <summary>Plans a pin.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="until">Until when; null until the pin is removed.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>PinOver</c> for an end that has passed; <c>BackupNotFound</c>.</exception>
    public Task<ChangePlan> PinAsync(BackupRecord backup, DateTimeOffset? until, string reason, CancellationToken cancellationToken)
    {
        DateTimeOffset now = context.Time.GetUtcNow();
        if (until <= now)
            throw new OpsException("PinOver", OpsErrorCategory.InvalidArgument,
                $"A pin until {until.Value.UtcDateTime:yyyy-MM-dd HH:mm} UTC would be over already; it is {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC.",
                "Name a time to come, or leave -Until out.", backup);
        var pin = new BackupPin { Backup = backup.Id, Until = until, Reason = reason, By = Actor.Current.User, At = now };
        return PlanAsync(backup, "Set-OpsBackupPin", MarkBackup.Pin, Encoding.UTF8.GetString(BackupMarks.Write(pin)), $"Keep it {pin}",
            "the pin is as it was before", cancellationToken);
    }

    /// <summary>Plans that a pin goes; null when there is none.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ChangePlan?> UnpinAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        BackupPin? pin = await BackupMarks.ReadPinAsync(context.OpenStore(backup.Store), backup.Key,
            cancellationToken).ConfigureAwait(false);
        return pin is null ? null : await PlanAsync(backup, "Remove-OpsBackupPin", MarkBackup.Pin, null, $"Take away its pin ({pin})",
            "the pin is put back", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Plans that what a backup lacks was meant; null when nobody has doubted it.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="reason">Why it was meant; it stays in the journal.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ChangePlan?> ApproveAsync(BackupRecord backup, string reason, CancellationToken cancellationToken)
    {
        LossMark? losses = await BackupMarks.ReadLossesAsync(context.OpenStore(backup.Store), backup.Key,
            cancellationToken).ConfigureAwait(false);
        return losses is null ? null : await PlanAsync(backup, "Approve-OpsBackup", MarkBackup.Losses, null,
            $"Say that this was meant: {string.Join("; ", losses.Lost.Take(3))}{(losses.Lost.Count > 3 ? $" and {losses.Lost.Count - 3} more" : "")} ({reason})",
            "it is in doubt again", cancellationToken).ConfigureAwait(false);
    }

    private async Task<ChangePlan> PlanAsync(BackupRecord backup, string action, string mark, string? content, string summary,
        string undo, CancellationToken cancellationToken)
    {
        var arguments = new Dictionary<string, string> { ["backup"] = backup.Id, ["key"] = backup.Key, ["store"] = backup.Store,
            [MarkBackup.Mark] = mark };
        if (content is not null) arguments[MarkBackup.Content] = content;
        var plan = new ChangePlan
        {
            Environment = context.Environment.Name, Kind = MarkBackup.KindName, Action = action, Target = BackupKeys.Target(backup.Id,
                backup.Store),
            Subject = $"backup {backup.Id} of {backup.Subject.Brief} in store {backup.Store}",
            Summary = summary, Arguments = arguments, Undo = undo, PlannedAt = context.Time.GetUtcNow(),
            Steps = [new PlannedStep("mark", summary + ".")],
        };
        return plan with { Identities = await new MarkBackup().IdentifyAsync(context, plan, cancellationToken).ConfigureAwait(false) };
    }
}
