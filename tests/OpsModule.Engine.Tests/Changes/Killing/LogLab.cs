using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>An old log file that is cleared away.</summary>
internal sealed class LogLab : KilledLab
{
    private readonly TempFolder _folder = new();

    public LogLab() => _folder.Write("ops.yaml", "environment: lab\n");

    public override string Folder => _folder.Path;

    public override Task PrepareAsync()
    {
        File.SetLastWriteTimeUtc(_folder.Write("logs/app.log.1", "old"), DateTime.UtcNow.AddDays(-90));
        return Task.CompletedTask;
    }

    public override Task<ChangePlan> PlanAsync()
    {
        TimeSpan age = TimeSpan.FromDays(30);
        return Task.FromResult(new StoragePlanner(Context).Plan(new OldLogs(Context).Find(_folder["logs"], age).Single(), age));
    }

    public override Task<string> LookAsync() => Task.FromResult(File.Exists(_folder["logs/app.log.1"]) ? "there" : "gone");
}
