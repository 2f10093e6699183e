using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>Files beside an environment file, which are backed up, or restored.</summary>
/// <param name="restores">True for a restore; false for a backup.</param>
internal sealed class ConfigurationKillLab(bool restores) : KilledLab
{
    private readonly TempFolder _folder = new();

    public override string Folder => _folder.Path;

    /// <summary>A complete backup stays when it is taken back.</summary>
    public override bool IsSeen => restores;

    public override async Task PrepareAsync()
    {
        foreach (string folder in (string[])["store", "conf"])
            if (Directory.Exists(_folder[folder])) Directory.Delete(_folder[folder], recursive: true);
        _folder.Write("ops.yaml", "environment: lab\nconfiguration: { files: [ conf/, app.env ] }\nbackups: { stores: { local: { path: store } } }\n");
        _folder.Write("app.env", "PORT=1\n");
        _folder.Write("conf/a.conf", "a\n");
        _folder.Write("conf/deep/b.conf", "b\n");
        Directory.CreateDirectory(_folder["store"]);
        if (!restores) return;
        await new ChangeRunner(Context).RunAsync((await BackupAsync()).Plan!, default);
        _folder.Write("app.env", "PORT=2\n");
        File.SetUnixFileMode(_folder["conf/a.conf"], UnixFileMode.UserRead);
        Directory.Delete(_folder["conf/deep"], recursive: true);
    }

    public override async Task<ChangePlan> PlanAsync() => restores
        ? (await new ConfigurationRestorePlanner(Context).PlanAsync((await ConfigurationBackupPlanner.NewestAsync(Context, "local", default))!, null, default))!
        : (await BackupAsync()).Plan!;

    public override async Task<string> LookAsync()
    {
        if (restores)
            return string.Join('\n', Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/.ops/") && !f.Contains("/store/")
                && !f.EndsWith("plan.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .Select(f => $"{Path.GetRelativePath(_folder.Path, f)} {File.GetUnixFileMode(f)} {File.ReadAllText(f)}"));
        // Of a backup: nothing that is none is left.
        var left = new List<string>();
        await foreach (StrayObject stray in new StoreInspector(Context).FindStraysAsync(new BackupQuery { Kinds = null }, default)) left.Add(stray.Key);
        return string.Join('\n', left);
    }

    private Task<ConfigurationBackupPlan> BackupAsync() =>
        new ConfigurationBackupPlanner(Context).PlanAsync(new ConfigurationBackupRequest { Redact = true }, e => throw e, default);
}
