using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A secret whose value stands in an env file and in a file of its own, and that nobody reads.</summary>
/// <param name="finishes">True for the last part of its rotation; false for the first.</param>
internal sealed class SecretLab(bool finishes) : KilledLab
{
    private const string First = "the-first-value";

    public override string Folder { get; } = Directory.CreateTempSubdirectory("ops-secret-").FullName;

    private string EnvFile => Path.Combine(Folder, "app.env");

    public override async Task PrepareAsync()
    {
        File.WriteAllText(Path.Combine(Folder, "ops.yaml"), """
            environment: lab
            secrets: { session: { random: { length: 24 }, uses: [ { file: app.env, key: SESSION }, { file: session.txt } ] } }
            """);
        File.WriteAllText(EnvFile, $"# kept\nOTHER=1\nSESSION={First}\n");
        File.WriteAllText(Path.Combine(Folder, "session.txt"), First + "\n");
        new SecretStore(Context).Write(new KeptSecret { Name = "session" });
        if (finishes) await new ChangeRunner(Context).RunAsync((await WholeAsync()).Parts[0], default);
    }

    public override async Task<ChangePlan> PlanAsync() => finishes ? _finish! : (await WholeAsync()).Parts[0];

    public override Task<string> LookAsync()
    {
        KeptSecret kept = new SecretStore(Context).Read("session");
        string env = File.ReadAllText(EnvFile), whole = File.ReadAllText(Path.Combine(Folder, "session.txt")).Trim();
        Assert.StartsWith("# kept\nOTHER=1\nSESSION=", env);
        string Which(string value) => value == First ? "first" : value == (kept.Pending ?? kept.Current)?.Value ? "new" : "another";
        return Task.FromResult($"{Which(env.Split('=')[^1].Trim())}, {Which(whole)}, {(kept.Pending is null ? "none" : "one")} pending, "
            + $"{(kept.FinishedAt is null ? "never finished" : "finished")}");
    }

    public override bool? UndoesAt(string place) => finishes ? BaseOf(place) is "begin" or "in-use" or "sessions" : null;

    /// <summary>The step of a place: <c>drop</c> of <c>before drop-done@2</c>.</summary>
    public static string BaseOf(string place) => place.Replace("before ", "").Split('@')[0].Replace("-done", "");

    private ChangePlan? _finish;

    private async Task<ChangePlan> WholeAsync()
    {
        ChangePlan plan = await new RotationPlanner(Context).PlanAsync(["session"], new RotationOptions(), default);
        _finish = plan.Parts[^1];
        return plan;
    }
}
