using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Engine.Tests.Secrets;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A whole rotation, with the service that reads the value.</summary>
internal sealed class RotationKillLab : KilledLab
{
    private readonly ComposeV2 _compose = new();
    private readonly RolloutLab _lab = RolloutLab.UpAsync().GetAwaiter().GetResult();

    public override string Folder => _lab.Lab.Folder;

    public override async Task PrepareAsync()
    {
        RotationLab.Declare(_lab);
        await _lab.BringAnewAsync();
        new SecretStore(Context).Write(new KeptSecret { Name = RotationLab.Name });
    }

    public override Task<ChangePlan> PlanAsync() => new RotationPlanner(Context).PlanAsync([RotationLab.Name], new RotationOptions(), default);

    public override async Task<string> LookAsync()
    {
        string file = RotationLab.InFile(_lab), running = (await _lab.VariableAsync("API_SECRET"))!;
        KeptSecret kept = new SecretStore(Context).Read(RotationLab.Name);
        return $"{await _lab.LookAsync()}; {(file == RotationLab.First ? "first" : "new")} in the file, {(running == file ? "the same" : "another")} in the instance, "
            + $"{(kept.Pending is null ? "none" : "one")} pending; lock {(await _lab.Rolling.FindLockAsync(RolloutLab.Api, default))?.ToString() ?? "free"}";
    }

    /// <summary>Until the old value is dropped.</summary>
    public override bool? UndoesAt(string place) => SecretLab.BaseOf(place) switch
    {
        "drop" or "refused" => false,
        "record" => !place.EndsWith("@2", StringComparison.Ordinal),
        "completed" => place is "completed" or "completed@2",
        _ => true,
    };

    public override async ValueTask DisposeAsync()
    {
        await _lab.DisposeAsync();
        _compose.Dispose();
    }
}
