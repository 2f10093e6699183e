using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Engine.Areas.Rollouts.Limits;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A compose file, and the limits that are written beside it.</summary>
internal sealed class LimitLab : KilledLab
{
    public override string Folder { get; } = Directory.CreateTempSubdirectory("ops-limit-").FullName;

    public string File(string name) => Path.Combine(Folder, name);

    public override Task PrepareAsync()
    {
        System.IO.File.WriteAllText(File("ops.yaml"), "environment: lab\nplatform: { compose: { file: compose.yaml, project: lab } }\n");
        System.IO.File.WriteAllText(File("compose.yaml"),
            "version: \"3.8\"\nservices:\n  api:\n    image: example/api:1\n    deploy: { resources: { limits: { cpus: \"2\" } } }\n");
        System.IO.File.Delete(File("compose.opsmodule.yaml"));
        return Task.CompletedTask;
    }

    public override Task<ChangePlan> PlanAsync()
    {
        var limit = new ComposeLimit(64L << 20, 0.5m, 10L << 20, 3);
        return Task.FromResult(new ChangePlan
        {
            Environment = "lab", Kind = WriteLimits.KindName, Action = "Set-OpsService", Target = Target.Service("api").Path, Summary = "limit", Undo = "as before",
            Arguments = new Dictionary<string, string> { [WriteLimits.Service] = "api", [WriteLimits.Limits] = limit.ToString() },
            Identities = [WriteLimits.Identity(Context, "api")], PlannedAt = DateTimeOffset.UtcNow,
        });
    }

    public override Task<string> LookAsync() =>
        Task.FromResult(System.IO.File.Exists(File("compose.opsmodule.yaml")) ? System.IO.File.ReadAllText(File("compose.opsmodule.yaml")) : "none");
}
