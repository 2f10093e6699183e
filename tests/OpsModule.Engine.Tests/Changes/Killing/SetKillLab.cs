using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Procedures.Sets;
using OpsModule.Engine.Procedures.Sets.Planning;
using OpsModule.Engine.Procedures.Sets.Changing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A set of one backup of files: made, sealed, or restored.</summary>
/// <param name="kind">The kind of change.</param>
internal sealed class SetKillLab(string kind) : KilledLab
{
    private readonly TempFolder _folder = new();

    public override string Folder => _folder.Path;

    public override async Task PrepareAsync()
    {
        if (Directory.Exists(_folder["store"])) Directory.Delete(_folder["store"], recursive: true);
        _folder.Write("ops.yaml", "environment: lab\nconfiguration: { files: [ app.env ] }\nbackups: { stores: { local: { path: store } } }\n");
        _folder.Write("app.env", "PORT=1\n");
        Directory.CreateDirectory(_folder["store"]);
        if (kind == BackUpEnvironment.KindName) return;
        ChangePlan whole = await WholeAsync();
        var runner = new ChangeRunner(Context);
        if (kind == SealSet.KindName)
        {
            await runner.RunAsync(whole.Parts[0], default);
            _seal = whole.Parts[1];
            return;
        }
        await runner.RunAsync(whole, default);
        _folder.Write("app.env", "PORT=2\n");
    }

    private ChangePlan? _seal;

    public override async Task<ChangePlan> PlanAsync()
    {
        if (kind == SealSet.KindName) return _seal!;
        if (kind == BackUpEnvironment.KindName) return await WholeAsync();
        await foreach (BackupSetRecord set in new BackupSetCatalog(Context).ListAsync(["local"], null, default))
            return (await new EnvironmentRestorePlanner(Context).PlanAsync(new EnvironmentRestoreRequest { Set = set, KeepsServices = true }, default))!;
        throw new InvalidOperationException("There is no set.");
    }

    public override Task<string> LookAsync() => Task.FromResult(kind == RestoreEnvironment.KindName ? File.ReadAllText(_folder["app.env"])
        : $"{(Directory.Exists(_folder["store/lab/set"]) ? Directory.GetFiles(_folder["store/lab/set"], "*.json").Length : 0)} sets");

    private Task<ChangePlan> WholeAsync() =>
        new EnvironmentBackupPlanner(Context).PlanAsync(null, [], new Dictionary<string, string>(), Compression.Auto, default);
}
