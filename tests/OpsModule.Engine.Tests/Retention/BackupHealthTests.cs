using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
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
    public async Task A_tenant_that_fell_behind_is_named_and_one_that_is_gone_is_not()
    {
        OpsContext context = _lab.Context(Text);
        await StoredBackups.MakeAsync(context, Now.AddHours(-2));
        await StoredBackups.MakeAsync(context, Now.AddHours(-3), tenant: "fresh");
        await StoredBackups.MakeAsync(context, Now.AddDays(-3), tenant: "late");
        await StoredBackups.MakeAsync(context, Now.AddDays(-40), tenant: "gone");
        HealthResult result = await OneAsync("backup.tenantAge");
        Assert.Equal((HealthStatus.Unhealthy, "3 d 0 h"), (result.Status, result.Value));
        Assert.EndsWith("1 of 2 tenants have no newer one: late.", result.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("Backup-OpsDatabase main -Tenant late", result.Remedy);
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

    private async Task<HealthResult> OneAsync(string check) => Assert.Single(await _lab.RunAsync(Text, [check], change: c => c with { Time = new Still() }));

    private sealed class Still : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
