using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Signatures;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Health;

namespace OpsModule.Engine.Tests.Retention;

/// <summary>What health says of the backups of tenants, and of those that lack rows.</summary>
public sealed class BackupHealthTests : IDisposable
{
    private const string Text = "databases: { main: { host: 127.0.0.1, port: 1, name: a, user: b } }\nbackups: { stores: { local: { path: backups } } }";
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_tenant_that_fell_behind_is_named_and_so_is_one_that_may_be_gone()
    {
        OpsContext context = _lab.Context(Text);
        await StoredBackups.MakeAsync(context, Now.AddHours(-2));
        await StoredBackups.MakeAsync(context, Now.AddHours(-3), tenant: "fresh");
        await StoredBackups.MakeAsync(context, Now.AddDays(-3), tenant: "late");
        await StoredBackups.MakeAsync(context, Now.AddDays(-40), tenant: "gone");
        HealthResult result = await OneAsync("backup.tenantAge");
        Assert.Equal((HealthStatus.Unhealthy, "3 d 0 h"), (result.Status, result.Value));
        // No server can be asked here whether the fourth is gone.
        Assert.EndsWith("1 of 2 tenants have no newer one: late. Of gone none was made for 14 days, and whether they are gone cannot be told.", result.Message, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("Backup-OpsDatabase main -Tenant late. Where gone is gone, pin its last backup", result.Remedy, StringComparison.Ordinal);
        // Where only tenants are backed up, their newest is the newest; the whole database's own is looked at first.
        Assert.Equal(HealthStatus.Healthy, (await OneAsync("backup.age")).Status);
    }

    [Fact]
    public async Task Lost_rows_are_told_until_somebody_says_that_it_was_meant()
    {
        OpsContext context = _lab.Context(Text);
        BackupRecord before = await StoredBackups.MakeAsync(context, Now.AddHours(-26)), after = await StoredBackups.MakeAsync(context, Now.AddHours(-2));
        Assert.Equal(HealthStatus.Healthy, (await OneAsync("backup.losses")).Status);
        await BackupMarks.WriteAsync(TestScope.Instance, context.OpenStore("local"), BackupKeys.Losses(after.Key), BackupMarks.Write(new LossMark(after.Id, before.Id, ["98 % fewer rows in all"])), default);
        HealthResult result = await OneAsync("backup.losses");
        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.Equal($"Backup {after.Id} of main lacks what the one before had: 98 % fewer rows in all.", result.Message);
        Assert.Contains($"Approve-OpsBackup {after.Id}", result.Remedy, StringComparison.Ordinal);
        Assert.Contains(before.Id, result.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenant_whose_last_backup_is_pinned_is_taken_for_gone_where_nobody_can_be_asked()
    {
        OpsContext context = _lab.Context(Text);
        await StoredBackups.MakeAsync(context, Now.AddHours(-3), tenant: "fresh");
        BackupRecord gone = await StoredBackups.MakeAsync(context, Now.AddDays(-40), tenant: "gone");
        HealthResult told = await OneAsync("backup.tenantAge");
        Assert.Equal(HealthStatus.Degraded, told.Status);
        Assert.Contains("whether they are gone cannot be told", told.Message, StringComparison.Ordinal);
        await BackupMarks.WriteAsync(TestScope.Instance, context.OpenStore("local"), BackupKeys.Pin(gone.Key), BackupMarks.Write(new BackupPin { Backup = gone.Id, Reason = "the customer left" }), default);
        Assert.Equal(HealthStatus.Healthy, (await OneAsync("backup.tenantAge")).Status);
    }

    [Fact]
    public async Task A_stamp_from_the_future_is_told_and_makes_nothing_fresh()
    {
        OpsContext context = _lab.Context(Text);
        await StoredBackups.MakeAsync(context, Now.AddDays(-3), verified: true);
        await StoredBackups.MakeAsync(context, Now.AddDays(-3), tenant: "late");
        BackupRecord future = await StoredBackups.MakeAsync(context, Now.AddDays(300), verified: true);
        await StoredBackups.MakeAsync(context, Now.AddDays(300), tenant: "late");
        HealthResult age = await OneAsync("backup.age");
        Assert.Equal((HealthStatus.Unhealthy, "3 d 0 h"), (age.Status, age.Value));
        Assert.Contains($"The times of 2 more, {future.Id} among them, lie in the future", age.Message, StringComparison.Ordinal);
        Assert.Contains($"Remove-OpsBackup {future.Id}", age.Remedy, StringComparison.Ordinal);
        Assert.Equal("3 d 0 h", (await OneAsync("backup.verifiedAge")).Value);
        Assert.Equal((HealthStatus.Unhealthy, "3 d 0 h"), (await OneAsync("backup.tenantAge")) is var tenant ? (tenant.Status, tenant.Value) : default);
        // However fresh the others are, it is no better than Degraded while there is one.
        await StoredBackups.MakeAsync(context, Now.AddHours(-1));
        Assert.Equal(HealthStatus.Degraded, (await OneAsync("backup.age")).Status);
    }

    [Fact]
    public async Task A_backup_that_nobody_signed_is_not_the_newest()
    {
        OpsContext context = _lab.Context(Text);
        await StoredBackups.MakeAsync(context, Now.AddHours(-1));
        await StoredBackups.MakeAsync(Signing(context), Now.AddDays(-3));
        HealthResult result = Assert.Single(await _lab.RunAsync(Text, ["backup.age"], change: c => Signing(c) with { Time = new Still() }));
        Assert.Equal((HealthStatus.Unhealthy, "3 d 0 h"), (result.Status, result.Value));

        static OpsContext Signing(OpsContext of) => of with
        {
            Environment = of.Environment with { Backups = of.Environment.Backups with { Signing = new BackupSigning { Key = SecretReference.Literal(new string('k', 40))! } } },
        };
    }

    [Fact]
    public async Task A_mark_that_is_not_the_backups_own_proves_nothing_and_a_tenants_does_not_prove_the_whole()
    {
        OpsContext context = _lab.Context(Text);
        BackupRecord whole = await StoredBackups.MakeAsync(context, Now.AddHours(-2));
        await StoredBackups.MakeAsync(context, Now.AddHours(-2), tenant: "tested", verified: true);
        Assert.Equal((HealthStatus.Degraded, "No backup was ever tested."), (await OneAsync("backup.verifiedAge")) is var first ? (first.Status, first.Message) : default);
        await File.WriteAllTextAsync(Path.Combine(_lab.Folder.Path, "backups", BackupKeys.Verified(whole.Key)), "");
        Assert.Equal(HealthStatus.Degraded, (await OneAsync("backup.verifiedAge")).Status);
        await new BackupCatalog(context).MarkVerifiedAsync(whole, "test", default);
        Assert.Equal(HealthStatus.Healthy, (await OneAsync("backup.verifiedAge")).Status);
    }

    [Fact]
    public async Task A_tenants_backup_counts_while_its_object_is_there_and_its_manifest_can_be_trusted()
    {
        OpsContext context = _lab.Context(Text);
        await StoredBackups.MakeAsync(context, Now.AddHours(-2), tenant: "fresh");
        await StoredBackups.MakeAsync(context, Now.AddDays(-3), tenant: "lost");
        BackupRecord gone = await StoredBackups.MakeAsync(context, Now.AddHours(-3), tenant: "lost"), forged = await StoredBackups.MakeAsync(context, Now.AddHours(-4), tenant: "lost");
        File.Delete(gone.Location);
        await File.WriteAllTextAsync(Path.Combine(_lab.Folder.Path, "backups", BackupKeys.Manifest(forged.Key)), "{}");
        HealthResult result = await OneAsync("backup.tenantAge");
        Assert.Equal((HealthStatus.Unhealthy, "3 d 0 h"), (result.Status, result.Value));
        Assert.Contains("lost", result.Message, StringComparison.Ordinal);
    }

    private async Task<HealthResult> OneAsync(string check) => Assert.Single(await _lab.RunAsync(Text, [check], change: c => c with { Time = new Still() }));

    private sealed class Still : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
