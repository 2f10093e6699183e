using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Tenants;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A tenant that is suspended, or let in again, at a real server and two instances of an application.</summary>
/// <param name="postgres">The server.</param>
/// <param name="kind">What is killed.</param>
internal sealed class TenantKillLab(PostgresFixture postgres, string kind) : KilledLab
{
    private TenantLab? _lab;

    public override string Folder => _lab!.Folder.Path;

    public override async Task PrepareAsync()
    {
        _lab ??= await TenantLab.CreateAsync(postgres);
        // What is kept is not thrown away: a suspension that nobody has lifted stays one.
        if (await new ResumePlanner(Context).PlanAsync("demo", null, "Resume-OpsTenant", default) is { } lift)
            await new ChangeRunner(Context).RunAsync(lift, default);
        _lab.First.Suspended.Clear();
        await _lab.ExecuteAsync("UPDATE public.tenants SET is_active = true; DROP SCHEMA tenant_demo CASCADE; CREATE SCHEMA tenant_demo; "
            + $"GRANT USAGE ON SCHEMA tenant_demo TO {_lab.App} WITH GRANT OPTION; GRANT USAGE ON SCHEMA tenant_demo TO PUBLIC");
        if (kind == SuspendTenant.KindName) return;
        await new ChangeRunner(Context).RunAsync(await SuspensionAsync(), default);
        // It is served again by the application, as an instance does that came later.
        if (kind == RenewSuspension.KindName) _lab.First.Suspended.Clear();
    }

    public override async Task<ChangePlan> PlanAsync() => kind == ResumeTenant.KindName
        ? (await new ResumePlanner(Context).PlanAsync("demo", null, "Resume-OpsTenant", default))! : await SuspensionAsync();

    public override Task<string> LookAsync() => _lab!.LookAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_lab is null) return;
        // The folder is gone, and the lab takes its own away once more.
        Directory.CreateDirectory(_lab.Folder.Path);
        await _lab.DisposeAsync();
    }

    private async Task<ChangePlan> SuspensionAsync() =>
        (await new SuspendPlanner(Context).PlanAsync("demo", new SuspendOptions { Reason = "killed" }, "Suspend-OpsTenant", default))!;
}
