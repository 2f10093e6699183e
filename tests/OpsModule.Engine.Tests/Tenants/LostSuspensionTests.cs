using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Areas.Tenants.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>What is kept of a suspension is lost, or cannot be read: nobody calls the tenant active.</summary>
[Collection(PostgresTenants.Name)]
public sealed class LostSuspensionTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_is_lost_is_told_by_the_journal_and_comes_back_with_the_file()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.LookAsync();
        string id = (await lab.SuspendAsync())!.Change!;
        string path = PathOf(lab);
        byte[] kept = File.ReadAllBytes(path);
        File.Delete(path);

        // Another tenant, whose name differs by its case alone, was never suspended.
        Assert.Null(TenantTrail.FindLost(lab.Context, "Demo"));
        TenantRecord record = lab.Find();
        Assert.Equal((TenantStatus.Unfinished, id), (record.Status, record.Change));
        Assert.True(((IVerdict)record).IsBad());
        Assert.Equal(TenantStatus.Unfinished, Assert.Single(await new TenantCatalog(lab.Context).ListAsync(["demo"], e => throw e, default)).Status);
        Assert.Equal("TenantStoreUnreadable", (await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync())).ErrorId);
        Assert.Equal("TenantStoreUnreadable", (await Assert.ThrowsAsync<OpsException>(() => lab.ResumeAsync())).ErrorId);
        Assert.Equal("TenantStoreUnreadable", (await Assert.ThrowsAsync<OpsException>(() =>
            new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(id)!, default))).ErrorId);
        Assert.Equal(HealthStatus.Unhealthy, (await lab.HealthAsync()).Status);

        File.WriteAllBytes(path, kept);
        await lab.ResumeAsync();
        Assert.Equal(before, await lab.LookAsync());
        // Once it is let in, that nothing is kept says nothing.
        Assert.Equal(TenantStatus.Active, lab.Find().Status);
    }

    [Fact]
    public async Task What_cannot_be_read_is_not_taken_for_what_is_not_there()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        await lab.SuspendAsync();
        string path = PathOf(lab);
        File.Move(path, path + ".away");
        // As without the right to it, which a superuser has: it is there, and nobody reads it.
        File.CreateSymbolicLink(path, path);

        Assert.Equal("TenantStoreUnreadable", Assert.Throws<OpsException>(() => lab.Find()).ErrorId);
        Assert.Equal("TenantStoreUnreadable", (await Assert.ThrowsAsync<OpsException>(() => lab.ResumeAsync())).ErrorId);
        Assert.Equal(HealthStatus.Unknown, (await lab.HealthAsync()).Status);

        File.Delete(path);
        File.Move(path + ".away", path);
        await lab.ResumeAsync();
    }

    private static string PathOf(TenantLab lab) => Path.Combine(lab.Context.Environment.StateDirectory, "tenants", "demo.json");
}
