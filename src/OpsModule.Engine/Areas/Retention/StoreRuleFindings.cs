using System.Globalization;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Environments.Retention;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>Compares what a store does with objects by itself with what the environment file asks for.</summary>
internal static class StoreRuleFindings
{
    /// <summary>The code and the sentence of each finding.</summary>
    public static IEnumerable<(string Code, string Message)> Of(BackupSettings backups, StoreSettings store, StoreRules rules)
    {
        RetentionPolicy? policy = backups.RetentionOf("database", store.Name);
        string bucket = $"The bucket {store.Bucket} of store {store.Name}";
        if (rules.ExpiresAfterDays is { } days && Longest(policy) is { } longest && days < longest.TotalDays)
            yield return ("StoreExpiresEarlier",
                FormattableString.Invariant($"{bucket} deletes objects after {days} days by a rule of its own, and retention ({policy}) keeps some for {longest.TotalDays:0} days. Take the rule away, or shorten the retention."));
        if (rules.ExpiresAt is { } day)
            yield return ("StoreExpiresEarlier",
                string.Create(CultureInfo.InvariantCulture, $"{bucket} deletes every object from {day.UtcDateTime:yyyy-MM-dd} on by a rule of ")
                + "its own, however new it is. Take the rule away.");
        if (rules.KnowsLifecycle && rules.AbortsUploadsAfterDays is null)
            yield return ("StoreKeepsUploads",
                $"{bucket} has no rule that clears away interrupted uploads, whose parts are paid for and not listed. Add AbortIncompleteMultipartUpload, for example after 7 days; Remove-OpsBackup -Incomplete removes them, too.");
        if (rules.KeepsVersions is true && rules is { KnowsLifecycle: true, ExpiresVersionsAfterDays: null } && policy is not null)
            yield return ("StoreKeepsVersions",
                $"{bucket} keeps the versions of what is deleted, and no rule ever removes them: retention frees nothing there. Add NoncurrentVersionExpiration, or leave it when nothing is ever to go.");
        if (store.Lock is not null && rules.LocksObjects is false)
            yield return ("StoreLocksNothing",
                $"{bucket} cannot lock objects, and 'lock:' is set for it: uploads will be refused. Make a bucket with object lock, or take 'lock:' away.");
        if (store.Lock is { } locked && policy?.Keep is { } keep && locked.For > keep)
            yield return ("LockOutlastsRetention",
                $"Store {store.Name} locks backups for {RetentionPolicy.Written(locked.For)}, and retention ({policy}) lets some go earlier: they stay until the lock has ended.");
    }

    /// <summary>How long the rules may keep a backup that is made every day; null when they do not say.</summary>
    private static TimeSpan? Longest(RetentionPolicy? policy) => policy is null ? null : new[]
    {
        policy.Keep ?? TimeSpan.Zero, TimeSpan.FromDays(policy.Daily), TimeSpan.FromDays(policy.Weekly * 7.0),
            TimeSpan.FromDays(policy.Monthly * 31.0), TimeSpan.FromDays(policy.Yearly * 366.0),
    }.Max();
}
