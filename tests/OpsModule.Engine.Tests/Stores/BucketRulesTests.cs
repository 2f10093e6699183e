using System.Net.Sockets;
using System.Text;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.S3;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Stores;

/// <summary>
/// What a bucket does by itself. No S3 server that can be had here knows versions, locks and life cycles, so a fake answers, in the words of Amazon's
/// reference; nothing of this was run against a bucket of Amazon's.
/// </summary>
public sealed class BucketRulesTests
{
    private const string Lifecycle = """
        <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Rule><ID>a</ID><Filter><Prefix>prod/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>14</Days></Expiration></Rule>
          <Rule><ID>b</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>
          <Rule><ID>c</ID><Filter><Prefix></Prefix></Filter><Status>Disabled</Status><Expiration><Days>2</Days></Expiration></Rule>
        </LifecycleConfiguration>
        """;

    [Fact]
    public async Task Versions_locks_and_rules_that_are_of_our_keys_are_read()
    {
        await using var bucket = new Bucket(new()
        {
            ["versioning"] = (200, """<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>"""),
            ["object-lock"] = (200, """<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"""),
            ["lifecycle"] = (200, Lifecycle),
        });
        Assert.Equal(new StoreRules { KeepsVersions = true, LocksObjects = true, KnowsLifecycle = true, ExpiresAfterDays = 14 }, await bucket.Store().ReadRulesAsync(default));
        bucket.Asked.Clear();
        Assert.True(await bucket.Store().LocksObjectsAsync(default));
        Assert.Contains("object-lock", Assert.Single(bucket.Asked).Split("\r\n")[0]);
        Assert.Equal(new DateTimeOffset(2026, 12, 24, 3, 16, 0, TimeSpan.Zero), await bucket.Store().FindLockAsync("lab/x.dump", default));
    }

    [Fact]
    public async Task A_day_on_which_all_goes_is_read_and_a_rule_for_a_part_does_not_count_for_the_whole()
    {
        await using var bucket = new Bucket(new()
        {
            ["lifecycle"] = (200, """
                <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
                  <Rule><ID>a</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Date>2027-01-01T00:00:00.000Z</Date></Expiration></Rule>
                  <Rule><ID>b</ID><Filter><Prefix>prod/shop/</Prefix></Filter><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
                  <Rule><ID>c</ID><Filter><And><Prefix></Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>4</NoncurrentDays></NoncurrentVersionExpiration></Rule>
                </LifecycleConfiguration>
                """),
            ["versioning"] = (403, "<Error><Code>AccessDenied</Code></Error>"), ["object-lock"] = (403, "<Error><Code>AccessDenied</Code></Error>"),
        });
        StoreRules rules = (await bucket.Store().ReadRulesAsync(default))!;
        Assert.Equal(new StoreRules { KnowsLifecycle = true, ExpiresAt = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero) }, rules);
        var settings = new StoreSettings { Name = "offsite", Bucket = "b" };
        (string code, string message) = StoreRuleFindings.Of(new BackupSettings { Stores = new Dictionary<string, StoreSettings> { ["offsite"] = settings } }, settings, rules).First();
        Assert.Equal("StoreExpiresEarlier", code);
        Assert.Contains("2027-01-01", message);
    }

    [Fact]
    public async Task What_is_not_set_is_told_from_what_cannot_be_asked()
    {
        await using var bare = new Bucket(new()
        {
            ["versioning"] = (200, """<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"""),
            ["object-lock"] = (404, "<Error><Code>ObjectLockConfigurationNotFoundError</Code></Error>"), ["lifecycle"] = (404, "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>"),
        });
        Assert.Equal(new StoreRules { KeepsVersions = false, LocksObjects = false, KnowsLifecycle = true }, await bare.Store().ReadRulesAsync(default));
        await using var mute = new Bucket(new()
        {
            ["versioning"] = (403, "<Error><Code>AccessDenied</Code></Error>"), ["object-lock"] = (501, "<Error><Code>NotImplemented</Code></Error>"), ["lifecycle"] = (403, "<Error><Code>AccessDenied</Code></Error>"),
        });
        Assert.Equal(new StoreRules(), await mute.Store().ReadRulesAsync(default));
    }

    [Fact]
    public async Task The_time_is_the_servers_by_its_own_answer()
    {
        await using var bucket = new Bucket([]);
        DateTimeOffset? clock = await bucket.Store().ReadClockAsync(default);
        Assert.InRange(clock!.Value, new DateTimeOffset(2026, 11, 24, 3, 16, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 24, 4, 16, 0, TimeSpan.Zero));
    }

    [Fact]
    public void Each_rule_that_works_against_the_file_is_a_finding()
    {
        var settings = new StoreSettings { Name = "offsite", Bucket = "b", Lock = new S3Lock(false, TimeSpan.FromDays(60)) };
        var backups = new BackupSettings
        {
            Stores = new Dictionary<string, StoreSettings> { ["offsite"] = settings },
            Retention = new Dictionary<string, RetentionPolicy> { ["database"] = new() { Keep = TimeSpan.FromDays(30), Monthly = 12 } },
        };
        Assert.Equal(["StoreExpiresEarlier", "StoreExpiresPinned", "StoreKeepsUploads", "StoreKeepsVersions", "StoreLocksNothing", "LockOutlastsRetention"],
            StoreRuleFindings.Of(backups, settings, new StoreRules { KeepsVersions = true, LocksObjects = false, KnowsLifecycle = true, ExpiresAfterDays = 90 }).Select(f => f.Code));
        Assert.Empty(StoreRuleFindings.Of(backups, settings with { Lock = null }, new StoreRules()));
        Assert.Empty(StoreRuleFindings.Of(backups, settings with { Lock = null },
            new StoreRules { KeepsVersions = true, KnowsLifecycle = true, ExpiresVersionsAfterDays = 7, AbortsUploadsAfterDays = 7 }));
        // However late it is, it does not know what is pinned; where nothing is to stay by rules, nobody has asked for that.
        var late = new StoreRules { KnowsLifecycle = true, ExpiresAfterDays = 400, AbortsUploadsAfterDays = 7 };
        Assert.Equal(["StoreExpiresPinned"], StoreRuleFindings.Of(backups, settings with { Lock = null }, late).Select(f => f.Code));
        Assert.Empty(StoreRuleFindings.Of(backups with { Retention = new Dictionary<string, RetentionPolicy>() }, settings with { Lock = null }, late));
    }

    [Theory]
    [InlineData("last", "database")]
    [InlineData("atLeast", "database")]
    [InlineData("hourly", "database")]
    [InlineData("last", "cache")]
    public void A_bucket_that_expires_before_the_number_of_backups_that_are_kept_is_found(string rule, string kind)
    {
        var settings = new StoreSettings { Name = "offsite", Bucket = "b" };
        RetentionPolicy policy = rule switch
        {
            "last" => new() { Last = 14 }, "atLeast" => new() { Keep = TimeSpan.FromDays(2), AtLeast = 14 }, _ => new() { Hourly = 14 * 24 },
        };
        var backups = new BackupSettings
        {
            Stores = new Dictionary<string, StoreSettings> { ["offsite"] = settings }, Retention = new Dictionary<string, RetentionPolicy> { [kind] = policy },
        };
        Assert.Equal(["StoreExpiresEarlier", "StoreExpiresPinned"], StoreRuleFindings.Of(backups, settings,
            new StoreRules { KnowsLifecycle = true, ExpiresAfterDays = 13, AbortsUploadsAfterDays = 7 }).Select(f => f.Code));
        Assert.Equal(["StoreExpiresPinned"], StoreRuleFindings.Of(backups, settings,
            new StoreRules { KnowsLifecycle = true, ExpiresAfterDays = 14, AbortsUploadsAfterDays = 7 }).Select(f => f.Code));
    }

    [Fact]
    public async Task A_manifest_of_a_bucket_that_has_locked_it_is_not_deleted()
    {
        await using var bucket = new Bucket(new() { ["versioning"] = (403, "<Error><Code>AccessDenied</Code></Error>") });
        var removal = new StoredRemoval(bucket.Store(), "lab/database/main/full/20261101T000000Z-00000a.dump", new At(2026, 11, 24)) { Force = true };
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => removal.RemoveManifestAsync(TestScope.Instance, default));
        Assert.Equal("ObjectLocked", refused.ErrorId);
        Assert.Contains("Locked until 2026-12-24 03:16 UTC", refused.Message);
        Assert.NotEmpty(bucket.Asked);
        Assert.DoesNotContain(bucket.Asked, r => r.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_note_is_replaced_by_one_request_that_looks_for_nothing_before()
    {
        await using var bucket = new Bucket([]);
        await bucket.Store(new S3Lock(true, TimeSpan.FromDays(30))).ReplaceAsync("lab/a.pin", "content"u8.ToArray(), default);
        string asked = Assert.Single(bucket.Asked);
        Assert.StartsWith("PUT", asked);
        Assert.DoesNotContain("object-lock", asked, StringComparison.OrdinalIgnoreCase);
    }

    private sealed class At(int year, int month, int day) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
    }

    [Fact]
    public async Task A_backup_is_uploaded_with_a_lock_where_the_store_says_so_and_a_mark_is_not()
    {
        await using var bucket = new Bucket([]);
        S3Store store = bucket.Store(new S3Lock(true, TimeSpan.FromDays(30)));
        foreach ((string key, bool locked) in new[] { ("lab/a.dump", true), ("lab/a.pin", false) })
        {
            await using StoreUpload upload = await (locked ? ((IBackupStore)store).CreateLockedAsync(TestScope.Instance, key, default) : store.CreateAsync(key, default));
            await upload.Stream.WriteAsync("content"u8.ToArray());
            await upload.CommitAsync(default);
        }
        string[] puts = [.. bucket.Asked.Where(r => r.StartsWith("PUT", StringComparison.Ordinal))];
        Assert.Contains("x-amz-object-lock-mode: COMPLIANCE", puts[0], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-amz-object-lock-retain-until-date: ", puts[0], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("content-md5: ", puts[0], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("object-lock", puts[1], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A fake: one bucket that answers what it was told, says of every object that it is locked, and has none when it lists.</summary>
    private sealed class Bucket(Dictionary<string, (int Status, string Body)> answers) : LoopbackServer
    {
        public List<string> Asked { get; } = [];

        public S3Store Store(S3Lock? locked = null) => new(new S3Options
        {
            Name = "offsite", Bucket = "b", Prefix = "prod", Endpoint = new Uri($"http://127.0.0.1:{Port}"), AccessKey = SecretReference.Literal("key"), SecretKey = SecretReference.Literal("secret"), Lock = locked,
        }, new S3Patience { Retries = 1, FirstPause = TimeSpan.FromMilliseconds(1) });

        protected override async Task ServeAsync(TcpClient client)
        {
            await using NetworkStream stream = client.GetStream();
            var buffer = new byte[64 * 1024];
            var text = new StringBuilder();
            while (true)
            {
                int read = await stream.ReadAsync(buffer, Stopped);
                if (read == 0) return;
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
                int end = text.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end < 0) continue;
                string head = text.ToString()[..end];
                int length = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) is { } line ? int.Parse(line[15..], System.Globalization.CultureInfo.InvariantCulture) : 0;
                while (text.Length < end + 4 + length) text.Append(Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer, Stopped)));
                text.Remove(0, end + 4 + length);
                lock (Asked) Asked.Add(head);
                await stream.WriteAsync(Encoding.Latin1.GetBytes(Answer(head)), Stopped);
            }
        }

        private string Answer(string head)
        {
            string what = head.Split(' ')[1];
            if (head.StartsWith("HEAD", StringComparison.Ordinal))
                return Asked.Any(a => a.StartsWith("PUT", StringComparison.Ordinal)) || answers.Count == 0 ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\nx-amz-object-lock-mode: GOVERNANCE\r\nx-amz-object-lock-retain-until-date: 2026-12-24T03:16:00.000Z\r\nContent-Length: 9\r\n\r\n";
            (int status, string body) = answers.FirstOrDefault(a => what.Contains("?" + a.Key, StringComparison.Ordinal)).Value;
            if (status == 0) (status, body) = (200, head.StartsWith("GET", StringComparison.Ordinal) ? "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated></ListBucketResult>" : "");
            return $"HTTP/1.1 {status} Answer\r\nDate: Tue, 24 Nov 2026 03:16:00 GMT\r\nETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        }
    }
}
