using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches.Backing;
using OpsModule.Engine.Areas.Caches.Forgetting;
using OpsModule.Engine.Areas.Caches.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>
/// A server and stores, where a backup or a restore is killed. Of a backup it is looked at whether there is an object without its manifest; of a
/// restore, at every key of the server.
/// </summary>
internal sealed class CacheKillLab : KilledLab
{
    private readonly TempFolder _folder = new();
    private readonly int _port;
    private readonly string _kind;
    private BackupRecord? _backup;
    private string _restore = "";

    public CacheKillLab(int port, string kind)
    {
        (_port, _kind) = (port, kind);
        _folder.Write("ops.yaml", $"environment: lab\ncaches: {{ main: {{ host: 127.0.0.1, port: {port} }} }}\nbackups: {{ stores: {{ a: {{ path: a }}, b: {{ path: b }} }} }}\n");
    }

    public override string Folder => _folder.Path;

    public override bool IsSeen => _kind != BackUpCache.KindName;

    public override async Task PrepareAsync()
    {
        await CacheFiller.RunAsync(_port, "flushall\nfunction flush\n");
        await CacheFiller.FillAsync(_port, 5);
        if (_kind == BackUpCache.KindName) return;
        if (_backup is null)
        {
            ChangePlan plan = await new CacheBackupPlanner(Context).PlanAsync(new CacheBackupRequest(), e => throw e, default);
            _backup = ((BackupOutcome)(await new ChangeRunner(Context).RunAsync(plan, default))!.Value!).Records[0];
        }
        await CacheFiller.RunAsync(_port, "set t:demo:1 changed\ndel t:demo:2\nset t:demo:new yes\nset t:other:1 changed\nfunction flush\nselect 3\nset in:three changed\n");
        if (_kind != ForgetReplaced.KindName) return;
        var request = new CacheRestoreRequest { Backups = [_backup!], Pattern = "t:demo:*" };
        _restore = (await new ChangeRunner(Context).RunAsync(await new CacheRestorePlanner(Context).PlanAsync(request, default), default))!.Change!;
    }

    public override Task<ChangePlan> PlanAsync() => _kind == ForgetReplaced.KindName ? ForgetReplaced.PlanAsync(Context, Context.Journal.Find(_restore)!, default)
        : _kind == BackUpCache.KindName ? new CacheBackupPlanner(Context).PlanAsync(new CacheBackupRequest(), e => throw e, default)
        : new CacheRestorePlanner(Context).PlanAsync(new CacheRestoreRequest { Backups = [_backup!], Pattern = _kind == LoadCache.KindName ? "t:demo:*" : null }, default);

    public override async Task<string> LookAsync()
    {
        if (_kind == BackUpCache.KindName)
            return string.Join('\n', new[] { "a", "b" }.Select(s => _folder[s]).Where(Directory.Exists).SelectMany(s => Directory.GetFiles(s, "*.rdb*", SearchOption.AllDirectories))
                .Where(f => !File.Exists(f[..f.IndexOf(".rdb", StringComparison.Ordinal)] + ".json")));
        // The live databases, and how many keys others have beside the mark of a restore.
        return string.Join('\n', await CacheFiller.RunAsync(_port, "get t:demo:0\nget t:demo:1\nget t:demo:2\nget t:demo:new\nget t:other:1\ndbsize\nfunction list\nselect 3\nget in:three\ndbsize\n"),
            await OthersAsync());
    }

    private async Task<string> OthersAsync()
    {
        var counts = new List<string>();
        for (int database = 4; database < 16; database++)
        {
            string keys = await CacheFiller.RunAsync(_port, "keys *\n", "-n", database.ToString());
            string[] names = [.. keys.Split('\n').Where(k => k.Length > 0)];
            if (names.Length > 0) counts.Add($"{database}: {names.Count(n => !n.StartsWith("ops:restore:", StringComparison.Ordinal))}");
        }
        return string.Join(", ", counts);
    }
}
