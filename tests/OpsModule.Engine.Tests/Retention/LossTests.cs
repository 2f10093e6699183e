using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Environments.Signatures;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>What a backup suddenly lacks.</summary>
[Collection(PostgresCollection.Name)]
public sealed class LossTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Half_of_the_rows_or_a_table_that_is_gone_is_told_and_keeps_the_one_before_until_it_was_meant()
    {
        using var lab = new BackupLab(await postgres.CreateDatabaseAsync());
        await postgres.ExecuteAsync(lab.Database.Database, """
            CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 1000);
            CREATE TABLE small (id int); INSERT INTO small SELECT generate_series(1, 90);
            CREATE TABLE extra (id int)
            """);
        BackupRecord first = (await lab.BackUpAsync()).Single();
        Assert.Empty(first.Losses);
        lab.Context = lab.Context with { Time = new Later(TimeSpan.FromSeconds(2)) };
        await postgres.ExecuteAsync(lab.Database.Database, "DELETE FROM users WHERE id > 20; DELETE FROM small; DROP TABLE extra");
        BackupRecord second = (await lab.BackUpAsync()).Single();
        Assert.Equal([$"98 % fewer rows (1,090 before, 20 now) in all than {first.Id}", "table public.extra is gone (it had 0 rows)", "table public.users has 98 % fewer rows (1,000 before, 20 now)"],
            second.Losses);
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("Approve-OpsBackup " + second.Id, StringComparison.Ordinal));
        Alert alert = ((IAlertSource)second).ToAlert();
        Assert.Equal((AlertState.Firing, "backup"), (alert.State, alert.Source));
        // What the manifest says is in every listing.
        Assert.Equal(second.Losses, (await lab.ListAsync()).Single(b => b.Id == second.Id).Losses);
        // The next one is compared with the second, and lacks nothing.
        lab.Context = lab.Context with { Time = new Later(TimeSpan.FromSeconds(4)) };
        BackupRecord third = (await lab.BackUpAsync()).Single();
        Assert.Empty(third.Losses);

        lab.Context = lab.Context with { Environment = lab.Context.Environment with { Backups = lab.Context.Environment.Backups with { Retention = new Dictionary<string, RetentionPolicy> { ["database"] = new() { Last = 1 } } } } };
        Dictionary<string, RetentionDecision> kept = (await ApplyAsync(lab)).ToDictionary(d => d.Id);
        Assert.All(kept.Values, d => Assert.Equal(RetentionOutcome.Keep, d.Outcome));
        Assert.Equal($"the one before {second.Id}, which lacks rows of it", kept[first.Id].Reason);
        await new ChangeRunner(lab.Context).RunAsync((await new BackupMarker(lab.Context).ApproveAsync(second, "they were test users", default))!, default);
        Assert.Null(await new BackupMarker(lab.Context).ApproveAsync(second, "again", default));
        Assert.Equal([second.Id, first.Id], (await ApplyAsync(lab)).Where(d => d.Outcome == RetentionOutcome.Removed).Select(d => d.Id));
        Assert.Equal([third.Id], (await lab.ListAsync()).Select(b => b.Id));
    }

    [Theory]
    [InlineData("it is not signed")]
    [InlineData("its object is gone")]
    [InlineData("a test found it wanting")]
    [InlineData("it has no rows")]
    public async Task What_cannot_be_relied_on_hides_no_loss(string why)
    {
        using var lab = new BackupLab(await postgres.CreateDatabaseAsync());
        lab.Context = lab.Context with
        {
            Environment = lab.Context.Environment with
            {
                Backups = lab.Context.Environment.Backups with { Signing = new BackupSigning { Key = SecretReference.Literal(new string('k', 40))! } },
            },
        };
        await postgres.ExecuteAsync(lab.Database.Database, "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 1000)");
        BackupRecord first = (await lab.BackUpAsync()).Single();
        await postgres.ExecuteAsync(lab.Database.Database, "DELETE FROM users WHERE id > 20");
        // One in between that has lost as much; nobody would see that the next one lacks anything.
        lab.Context = lab.Context with { Time = new Later(TimeSpan.FromSeconds(2)) };
        BackupRecord between = (await lab.BackUpAsync()).Single();
        Assert.NotEmpty(between.Losses);
        string manifest = Path.Combine(lab.Folder, "local", BackupKeys.Manifest(between.Key));
        File.Delete(Path.Combine(lab.Folder, "local", BackupKeys.Losses(between.Key)));
        if (why == "it is not signed") await File.WriteAllBytesAsync(manifest, ManifestFile.Write(between));
        else if (why == "its object is gone") File.Delete(between.Location);
        else if (why == "a test found it wanting") await lab.Catalog.MarkFailedAsync(between, BackupFinding.ContentDiffers, "rows differ", default);
        else
        {
            File.Delete(manifest);
            await lab.Catalog.WriteManifestAsync(TestScope.Instance, between with { LeftOut = [LeftOut.RowsOf("public.users")], Tables = [] }, "local", default);
        }

        lab.Context = lab.Context with { Time = new Later(TimeSpan.FromSeconds(4)) };
        BackupRecord third = (await lab.BackUpAsync()).Single();

        Assert.Contains(third.Losses, l => l.StartsWith("table public.users has 98 % fewer rows", StringComparison.Ordinal));
        Assert.Equal(first.Id, (await BackupMarks.ReadLossesAsync(lab.Context.OpenStore("local"), third.Key, default))!.Before);
    }

    [Theory]
    [InlineData(1000, 501, false)]
    [InlineData(1000, 500, true)]
    [InlineData(99, 0, false)]
    [InlineData(100, 0, true)]
    public void Half_of_a_hundred_rows_is_where_it_begins(long before, long now, bool isLoss) =>
        Assert.Equal(isLoss, BackupLosses.Compare(Of(("t", before)), Of(("t", now)), new LossSettings()).Count > 0);

    [Fact]
    public void Tables_that_may_lose_what_they_like_are_not_looked_at()
    {
        var settings = new LossSettings { Ignore = ["public.sessions", "*.log_2*"] };
        Assert.Empty(BackupLosses.Compare(Of(("sessions", 5000), ("log_20261101", 900), ("t", 200)), Of(("sessions", 0), ("t", 200)), settings));
        Assert.Single(BackupLosses.Compare(Of(("sessions", 5000), ("t", 200)), Of(("sessions", 0)), settings), "table public.t is gone (it had 200 rows)");
    }

    private static async Task<IReadOnlyList<RetentionDecision>> ApplyAsync(BackupLab lab) =>
        (await new RetentionService(lab.Context).ApplyAsync("local", null, false, _ => Task.FromResult(true), default))!;

    private static BackupRecord Of(params (string Table, long Rows)[] tables) =>
        new() { Id = "20261101T000000Z-000001", Environment = "lab", Name = "main", Key = "k", Sha256 = "", Tables = [.. tables.Select(t => new TableDigest("public", t.Table, t.Rows, "", 0))] };

    /// <summary>Backups of one second have no order; here they are some seconds apart.</summary>
    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
