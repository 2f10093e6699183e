using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Machine;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Storage;

public sealed class DiskUsageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private OpsContext Context(string text)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(_folder.Write("ops.yaml", "environment: lab\n" + text));
        return OpsContextFactory.Create(load.Environment!, _reporter);
    }

    private readonly RecordingReporter _reporter = new();

    private static async Task<List<DiskUsage>> MeasureAsync(OpsContext context, params DiskUsageKind[] kinds)
    {
        var found = new List<DiskUsage>();
        await new DiskUsageReader(context).RunAsync(new DiskUsageRequest { Kinds = kinds.Length == 0 ? null : kinds }, found.Add, e => throw e, default);
        return found;
    }

    [Fact]
    public async Task File_systems_are_those_of_df()
    {
        List<DiskUsage> found = await MeasureAsync(Context(""), DiskUsageKind.FileSystem);
        DiskUsage root = found.Single(f => f.Name == "/");
        string[] df = (await ProgramRunner.RunAsync(new ProgramCall("df", "-B1", "--output=size,itotal,pcent", "/"), null, default)).Split('\n')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal((long.Parse(df[0]), long.Parse(df[1])), (root.SizeBytes, root.Inodes ?? 0));
        // Others write meanwhile, and df rounds up.
        Assert.InRange(root.UsedPercent!.Value, double.Parse(df[2].TrimEnd('%')) - 2, double.Parse(df[2].TrimEnd('%')) + 1);
        Assert.InRange(root.InodesUsedPercent!.Value, 0.001, 100);
        Assert.Equal(Environment.MachineName, root.Host);
        Assert.DoesNotContain(found, f => f.Name.StartsWith("/proc", StringComparison.Ordinal) || f.Name.StartsWith("/sys", StringComparison.Ordinal));
        Assert.Equal(found.Count, found.Select(f => f.Path).Distinct().Count());
    }

    [Fact]
    public void Bind_mounts_are_the_same_file_system_and_what_is_made_up_is_none()
    {
        IReadOnlyList<Mount> mounts = ProcFiles.MountTable("""
            proc /proc proc rw 0 0
            /dev/vda1 / ext4 rw 0 0
            tmpfs /run tmpfs rw 0 0
            /dev/vdb /srv/data\040one xfs rw 0 0
            /dev/vdb /srv/data\040one/of/many xfs rw 0 0
            /dev/loop3 /snap/core squashfs ro 0 0
            nas:/backups /mnt/backups nfs4 rw 0 0
            overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0
            """);

        Assert.Equal([new Mount("/dev/vda1", "/", "ext4"), new Mount("/dev/vdb", "/srv/data one", "xfs"), new Mount("nas:/backups", "/mnt/backups", "nfs4")], mounts);
    }

    [Fact]
    public async Task Stores_tell_how_many_backups_they_hold_and_from_when()
    {
        foreach (string id in (string[])["20261101T020000Z-aaaaaa", "20261120T020000Z-bbbbbb"])
        {
            _folder.Write($"backups/lab/database/main/full/{id}.dump.zst", new string('x', 1000));
            _folder.Write($"backups/lab/database/main/full/{id}.json", "{}");
            _folder.Write($"backups/lab/database/main/full/{id}.verified.json", "{}");
        }
        _folder.Write("backups/logs/api.jsonl.gz.manifest.json", "{}");
        OpsContext context = Context("backups: { stores: { local: { path: backups }, none: { path: nothing-yet }, far: { s3: bucket } } }\n");
        List<DiskUsage> found = await MeasureAsync(context, DiskUsageKind.Store);

        Assert.Equal([("local", 2), ("none", 0)], found.Select(f => (f.Name, f.Count!.Value)));
        Assert.Equal(2010, found[0].SizeBytes);
        Assert.Equal((new DateTimeOffset(2026, 11, 1, 2, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero)), (found[0].Oldest!.Value, found[0].Newest!.Value));
    }

    [Fact]
    public async Task On_Kubernetes_this_machine_is_not_shown_as_if_it_were_a_node()
    {
        OpsContext context = Context("platform: { kubernetes: {} }\nbackups: { stores: { local: { path: backups } } }\n");

        Assert.Equal([DiskUsageKind.Store], (await MeasureAsync(context)).Select(f => f.Kind));
        Assert.Contains("nodes", Assert.Single(_reporter.Warnings));
        Assert.Equal("PlatformUnsupported", (await Assert.ThrowsAsync<OpsException>(() => MeasureAsync(context, DiskUsageKind.Volume))).ErrorId);
    }
}
