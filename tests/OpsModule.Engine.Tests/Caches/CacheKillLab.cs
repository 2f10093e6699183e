using OpsModule.Engine.Areas.Caches.Backing;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>A server and a store, where a backup is killed: whatever happens, there is no object without its manifest.</summary>
internal sealed class CacheKillLab : KilledLab
{
    private readonly TempFolder _folder = new();
    private readonly int _port;

    public CacheKillLab(int port)
    {
        _port = port;
        _folder.Write("ops.yaml", $"environment: lab\ncaches: {{ main: {{ host: 127.0.0.1, port: {port} }} }}\nbackups: {{ stores: {{ a: {{ path: a }}, b: {{ path: b }} }} }}\n");
    }

    public override string Folder => _folder.Path;

    public override bool IsSeen => false;

    public override Task PrepareAsync() => CacheFiller.FillAsync(_port, 3);

    public override Task<ChangePlan> PlanAsync() => new CacheBackupPlanner(Context).PlanAsync(new CacheBackupRequest(), e => throw e, default);

    public override Task<string> LookAsync() => Task.FromResult(string.Join('\n', new[] { "a", "b" }.Select(s => _folder[s]).Where(Directory.Exists)
        .SelectMany(s => Directory.GetFiles(s, "*.rdb*", SearchOption.AllDirectories)).Where(f => !File.Exists(f[..f.IndexOf(".rdb", StringComparison.Ordinal)] + ".json"))));
}
