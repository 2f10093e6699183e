using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Lockdown;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>
/// A lockdown that keeps evidence in a folder. A rotation is a change of its own, whose kills have a row of their own, and one inside of a
/// lockdown a test of that.
/// </summary>
internal sealed class LockdownKillLab : KilledLab
{
    public override string Folder { get; } = Directory.CreateTempSubdirectory("ops-lockdown-").FullName;

    public override async Task PrepareAsync()
    {
        await LockdownLab.WriteAsync(Folder, rotates: false);
        Directory.Delete(Path.Combine(Folder, "evidence"), recursive: true);
        Directory.CreateDirectory(Path.Combine(Folder, "evidence"));
    }

    public override Task<ChangePlan> PlanAsync() =>
        new LockdownPlanner(Context).PlanAsync("a test", null, [], "Invoke-OpsSecurityLockdown", default);

    /// <summary>A kill may leave evidence twice: what counts is that it is there.</summary>
    public override Task<string> LookAsync()
    {
        bool isKept = Directory.EnumerateFiles(Path.Combine(Folder, "evidence"), "evidence-*.tar.age", SearchOption.AllDirectories).Any();
        return Task.FromResult(isKept ? "evidence" : "none");
    }
}
