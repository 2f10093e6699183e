using System.Globalization;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Environments.Retention;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>Compares what a store does with objects by itself with what the environment file asks for.</summary>
internal static class StoreRuleFindings
{
    /// <summary>The code and the sentence of each finding.</summary>
    public static IEnumerable<(string Code, string Message)> Of(BackupSettings backups, StoreSettings store, StoreRules rules)
    {
        RetentionPolicy[] policies = [.. BackupKinds.All.Select(k => backups.RetentionOf(k.Word(), store.Name)).OfType<RetentionPolicy>()];
        string bucket = $"The bucket {store.Bucket} of store {store.Name}";
        if (rules.ExpiresAfterDays is { } days && policies.MaxBy(Longest) is { } policy && days < Longest(policy).TotalDays)
            yield return ("StoreExpiresEarlier",
                string.Create(CultureInfo.InvariantCulture, $"{bucket} deletes objects after {days} days by a rule of its own, and ")
                + string.Create(CultureInfo.InvariantCulture, $"retention ({policy}) keeps some for {Longest(policy).TotalDays:0.##} days ")
                + "and more. Take the rule away, or shorten the retention.");
        if (rules.ExpiresAt is { } day)
            yield return ("StoreExpiresEarlier",
                string.Create(CultureInfo.InvariantCulture, $"{bucket} deletes every object from {day.UtcDateTime:yyyy-MM-dd} on by a rule of ")
                + "its own, however new it is. Take the rule away.");
        if (policies.Length > 0 && (rules.ExpiresAfterDays is not null || rules.ExpiresAt is not null))
            yield return ("StoreExpiresPinned",
                $"{bucket} deletes backups by a rule of its own, which knows neither pins nor what 'last' and 'atLeast' keep: when no new "
                + "ones come, it deletes the last one, too. Take the rule away; Remove-OpsBackup -Retention does what it is for.");
        if (rules.KnowsLifecycle && rules.AbortsUploadsAfterDays is null)
            yield return ("StoreKeepsUploads",
                $"{bucket} has no rule that clears away interrupted uploads, whose parts are paid for and not listed. Add AbortIncompleteMultipartUpload, for example after 7 days; Remove-OpsBackup -Incomplete removes them, too.");
        if (rules.KeepsVersions is true && rules is { KnowsLifecycle: true, ExpiresVersionsAfterDays: null } && policies.Length > 0)
            yield return ("StoreKeepsVersions",
                $"{bucket} keeps the versions of what is deleted, and no rule ever removes them: retention frees nothing there. Add NoncurrentVersionExpiration, or leave it when nothing is ever to go.");
        if (store.Lock is not null && rules.LocksObjects is false)
            yield return ("StoreLocksNothing",
                $"{bucket} cannot lock objects, and 'lock:' is set for it: uploads will be refused. Make a bucket with object lock, or take 'lock:' away.");
        if (store.Lock is { } locked && policies.FirstOrDefault(p => p.Keep is { } keep && locked.For > keep) is { } shorter)
            yield return ("LockOutlastsRetention",
                $"Store {store.Name} locks backups for {RetentionPolicy.Written(locked.For)}, "
                + $"and retention ({shorter}) lets some go earlier: they stay until the lock has ended.");
    }

    /// <summary>How long the rules keep a backup that is made every day, or every hour where there is a rule of hours: at least.</summary>
    private static TimeSpan Longest(RetentionPolicy policy) => new[]
    {
        policy.Keep ?? TimeSpan.Zero, TimeSpan.FromDays(Math.Max(policy.Last, policy.AtLeast)), TimeSpan.FromHours(policy.Hourly),
            TimeSpan.FromDays(policy.Daily), TimeSpan.FromDays(policy.Weekly * 7.0), TimeSpan.FromDays(policy.Monthly * 31.0),
            TimeSpan.FromDays(policy.Yearly * 366.0),
    }.Max();
}
