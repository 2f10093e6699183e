using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>What must hold of every history and every policy.</summary>
public sealed class RetentionPropertyTests
{
    [Fact]
    public void Made_up_histories_keep_what_must_be_kept_and_no_more_than_the_rules_say()
    {
        long kept = 0, gone = 0;
        Proof.ForEach(10_000, 1500, (random, _) =>
        {
            DateTimeOffset now = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(0, 400_000));
            RetentionPolicy policy = Policy(random);
            List<BackupEntry> history = History(random, now);
            HashSet<string> damaged = [.. history.Where(_ => random.Next(6) == 0).Select(e => e.Base)];
            Task<BackupProbe> Look(BackupEntry e) => Task.FromResult(new BackupProbe(damaged.Contains(e.Base) ? "damaged" : null, e.VerifiedAt is not null));
            var rules = new RetentionRules(policy, now, Look);
            rules.DecideAsync(history, default).GetAwaiter().GetResult();
            HashSet<string> stays = [.. rules.Reasons.Keys];

            BackupEntry[] real = [.. history.Where(e => e.StartedAt - now <= TimeSpan.FromHours(1) && e.StartedAt - e.StoredAt <= TimeSpan.FromHours(1))];
            BackupEntry[] whole = [.. real.Where(e => !damaged.Contains(e.Base))];
            // The floor, the newest whole and the newest verified one.
            Assert.True(whole.Take(policy.AtLeast).All(e => stays.Contains(e.Base)), "the floor");
            if (whole.Length > 0) Assert.Contains(whole[0].Base, stays);
            if (whole.FirstOrDefault(e => e.VerifiedAt is not null) is { } verified) Assert.Contains(verified.Base, stays);
            // Age, and what is from the future.
            Assert.True(real.Where(e => now - e.StartedAt <= policy.Keep).All(e => stays.Contains(e.Base)), "all that are young");
            Assert.True(history.Except(real).All(e => stays.Contains(e.Base)), "what is from the future");
            // The newest days and months that have a whole one each keep one.
            Assert.True(whole.GroupBy(e => e.StartedAt.UtcDateTime.Date).Take(policy.Daily).All(day => day.Any(e => stays.Contains(e.Base))), "days");
            Assert.True(whole.GroupBy(e => (e.StartedAt.Year, e.StartedAt.Month)).Take(policy.Monthly).All(month => month.Any(e => stays.Contains(e.Base))), "months");
            // No more than the rules can keep: young ones and those of the future, and one for each place.
            int places = policy.Last + policy.Hourly + policy.Daily + policy.Weekly + policy.Monthly + policy.Yearly + policy.AtLeast + 1;
            int free = history.Count - real.Length + (policy.Keep is null ? 0 : real.Count(e => now - e.StartedAt <= policy.Keep));
            Assert.True(stays.Count <= free + places, "no more than asked for");
            // A damaged one stays only for its age.
            Assert.True(real.Where(e => damaged.Contains(e.Base) && !(now - e.StartedAt <= policy.Keep)).All(e => !stays.Contains(e.Base)), "damaged ones fill no place");
            // A day later, without a new backup, the places are the same: only age lets go.
            var later = new RetentionRules(policy with { Keep = null }, now.AddDays(400), Look);
            var before = new RetentionRules(policy with { Keep = null }, now, Look);
            later.DecideAsync(real, default).GetAwaiter().GetResult();
            before.DecideAsync(real, default).GetAwaiter().GetResult();
            Assert.Equal(before.Reasons.Keys.Order(StringComparer.Ordinal), later.Reasons.Keys.Order(StringComparer.Ordinal));
            kept += stays.Count;
            gone += history.Count - stays.Count;
        });
        Assert.True(kept > 0 && gone > 0, "histories in which nothing goes, or nothing stays, would show nothing");
    }

    private static RetentionPolicy Policy(Random random)
    {
        var policy = new RetentionPolicy
        {
            Keep = random.Next(2) == 0 ? null : TimeSpan.FromHours(random.Next(1, 2000)), Last = Some(random), Hourly = Some(random), Daily = Some(random), Weekly = Some(random),
            Monthly = Some(random), Yearly = Some(random), AtLeast = random.Next(1, 5),
        };
        return policy;
    }

    private static int Some(Random random) => random.Next(3) == 0 ? random.Next(1, 9) : 0;

    private static List<BackupEntry> History(Random random, DateTimeOffset now)
    {
        var entries = new List<BackupEntry>();
        int count = random.Next(0, 60), span = random.Next(1, 800) * 24 * 60;
        for (int i = 0; i < count; i++)
        {
            DateTimeOffset started = now.AddMinutes(-random.Next(0, span));
            if (random.Next(40) == 0) started = now.AddDays(random.Next(1, 900));
            DateTimeOffset stored = random.Next(40) == 0 ? started.AddHours(-random.Next(2, 5000)) : started.AddMinutes(random.Next(0, 90));
            string id = started.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture) + "-" + i.ToString("x6", System.Globalization.CultureInfo.InvariantCulture);
            entries.Add(new BackupEntry
            {
                Base = "lab/database/main/full/" + id, StartedAt = started, Manifest = new StoredObject("m", 100, stored), Object = new StoredObject("o", 100, stored),
                VerifiedAt = random.Next(4) == 0 ? stored : null,
            });
        }
        return [.. entries.OrderByDescending(e => e.Id, StringComparer.Ordinal)];
    }
}
