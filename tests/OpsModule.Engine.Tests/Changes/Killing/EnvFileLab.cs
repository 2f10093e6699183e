using OpsModule.Engine.Areas.Secrets.EnvFiles.Changing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>An env file of this host's services, of which one key is given another value.</summary>
internal sealed class EnvFileLab : KilledLab
{
    public override string Folder { get; } = Directory.CreateTempSubdirectory("ops-envfile-").FullName;

    private string EnvFile => Path.Combine(Folder, "api.env");

    public override Task PrepareAsync()
    {
        File.WriteAllText(Path.Combine(Folder, "ops.yaml"), "environment: lab\nservices: { api: { env: api.env } }\n");
        File.WriteAllText(EnvFile, "# first\r\nexport PW='old-value-1' # why\r\nB=${PW}\r\n");
        return Task.CompletedTask;
    }

    public override async Task<ChangePlan> PlanAsync()
    {
        var planner = new EnvFilePlanner(Context);
        ChangePlan plan = (await planner.PlanAsync(EnvFile, "PW", "new value-2", default))!;
        planner.Keep(plan, "new value-2");
        return plan;
    }

    public override Task<string> LookAsync() => File.ReadAllTextAsync(EnvFile);
}
