using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Rollouts.Lab;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>A compose project whose service reads a random secret from an env file.</summary>
internal static class RotationLab
{
    public const string Name = "api", First = "first-secret";

    /// <summary>Declares the secret of a project, and gives the environment.</summary>
    /// <param name="lab">The project.</param>
    /// <param name="more">Another entry of <c>secrets:</c>.</param>
    public static OpsContext Declare(RolloutLab lab, string? more = null)
    {
        File.WriteAllText(Path.Combine(lab.Lab.Folder, "ops.yaml"), $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: {{lab.Lab.Project}} } }
            services: { api: { rollout: { drain: 1s, health: 30s } } }
            secrets:
              {{Name}}: { random: { length: 40 }, uses: [ { file: api.env, key: API_SECRET, services: [ api ] } ] }
              {{more}}
            """);
        return KilledLab.ContextOf(lab.Lab.Folder);
    }

    /// <summary>The same as a value that others make; an update of the service runs a migration first.</summary>
    public static OpsContext DeclareValue(RolloutLab lab)
    {
        File.WriteAllText(Path.Combine(lab.Lab.Folder, "ops.yaml"), $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: {{lab.Lab.Project}} } }
            services: { api: { rollout: { drain: 1s, health: 30s }, migrate: { command: [ "false" ], undo: [ "false" ] } } }
            secrets: { {{Name}}: { value: { proof: none }, uses: [ { file: api.env, key: API_SECRET, services: [ api ] } ] } }
            """);
        return KilledLab.ContextOf(lab.Lab.Folder);
    }

    /// <summary>The value that stands in the file.</summary>
    public static string InFile(RolloutLab lab) => File.ReadAllText(Path.Combine(lab.Lab.Folder, "api.env")).Trim().Split('=')[1];
}
