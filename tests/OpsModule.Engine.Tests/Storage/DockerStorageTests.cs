using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Storage;

/// <summary>What a real Docker engine keeps, and what goes of it.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerStorageTests : IDisposable
{
    private const int Blob = 3_000_000;

    private readonly ServiceLab _lab = new();
    private readonly TempFolder _folder = new();
    private readonly DockerEngine _engine = DockerEngine.Default();
    private readonly string _mark = "m" + Guid.NewGuid().ToString("N")[..8];

    public void Dispose()
    {
        _engine.Dispose();
        _lab.Dispose();
        _folder.Dispose();
    }

    private StorageFinder Finder(StorageRequest? request = null) => new(_lab.Context, _engine, (request ?? new StorageRequest()) with { OlderThan = request?.OlderThan ?? TimeSpan.Zero });

    private static readonly StorageRequest Now = new() { OlderThan = TimeSpan.Zero };

    private Task<IReadOnlyList<StorageItem>> FindAsync(StorageKind kind, StorageRequest? request = null) => Finder(request ?? Now).FindAsync(kind, e => throw e, default);

    private async Task<StorageItem> RemoveAsync(StorageItem item)
    {
        ChangeResult? done = await new ChangeRunner(_lab.Context).RunAsync(new StoragePlanner(_lab.Context).Plan(item, TimeSpan.Zero), default);
        return item with { FreedBytes = (long)done!.Value!, Removed = true };
    }

    /// <summary>Builds an image with a file of its own that nobody can share.</summary>
    private async Task<string> BuildAsync(string tag)
    {
        File.WriteAllBytes(_folder["blob"], RandomNumberGenerator.GetBytes(Blob));
        _folder.Write("Dockerfile", $"FROM {DockerFixture.Image}\nCOPY blob /blob\n");
        await ProgramRunner.RunAsync(new ProgramCall("docker", "build", "-q", "-t", tag, _folder.Path) { Environment = new Dictionary<string, string?> { ["DOCKER_BUILDKIT"] = "0" } }, null, default);
        return (await DockerFixture.DockerAsync("image", "inspect", "-f", "{{.Id}}", tag)).Trim();
    }

    private async Task<string> EndAsync(params string[] options)
    {
        string id = (await DockerFixture.DockerAsync(["run", "-d", .. options, DockerFixture.Image, "sh", "-c", "busybox dd if=/dev/zero of=/written bs=1000 count=100 2>/dev/null"])).Trim();
        await DockerFixture.DockerAsync("wait", id);
        return id;
    }

    [Fact]
    public async Task What_a_rebuild_left_goes_with_its_bytes_and_what_a_container_uses_stays()
    {
        string used = await BuildAsync(_mark), container = (await DockerFixture.DockerAsync("create", _mark, "sh")).Trim();
        string old = await BuildAsync(_mark), named = await BuildAsync(_mark);

        IReadOnlyList<StorageItem> found = await FindAsync(StorageKind.Image);
        Assert.DoesNotContain(found, i => i.Id == used || i.Id == named);
        StorageItem dangling = found.Single(i => i.Id == old);
        Assert.InRange(dangling.Bytes, Blob, Blob + 100_000);

        StorageItem removed = await RemoveAsync(dangling);
        Assert.Equal(dangling.Bytes, removed.FreedBytes);
        Assert.DoesNotContain(await FindAsync(StorageKind.Image), i => i.Id == old);
        // One that came into use, or that the plan did not know to be in use, is refused by the engine, and says so.
        var refused = await Assert.ThrowsAsync<OpsException>(() => RemoveAsync(dangling with { Id = used, References = [used] }));
        Assert.Equal("StorageInUse", refused.ErrorId);
        Assert.Equal("StorageGone", (await Assert.ThrowsAsync<OpsException>(() => RemoveAsync(dangling))).ErrorId);
        Assert.Empty(_lab.Context.Journal.FindUnfinished());

        // With its container planned to go, the image may go, too.
        StorageFinder finder = Finder(Now);
        finder.Plan((await finder.FindAsync(StorageKind.Container, e => throw e, default)).Single(c => c.Id == container));
        Assert.Contains(await finder.FindAsync(StorageKind.Image, e => throw e, default), i => i.Id == used);
    }

    [Fact]
    public async Task Young_things_stay_and_images_with_a_name_go_only_when_that_is_said()
    {
        string tag = _mark + ":1", second = _mark + "-too:1", id = await BuildAsync(tag);
        await DockerFixture.DockerAsync("tag", tag, second);

        Assert.DoesNotContain(await FindAsync(StorageKind.Image), i => i.Id == id);
        var unused = new StorageRequest { UnusedImages = true, OlderThan = TimeSpan.Zero };
        StorageItem found = (await FindAsync(StorageKind.Image, unused)).Single(i => i.Id == id);
        Assert.Equal([second, tag], found.References.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(await FindAsync(StorageKind.Image, unused with { OlderThan = TimeSpan.FromHours(1) }), i => i.Id == id);
        Assert.True((await RemoveAsync(found)).FreedBytes >= Blob);
        Assert.DoesNotContain(await FindAsync(StorageKind.Image, unused), i => i.Id == id);
    }

    [Fact]
    public async Task Services_that_were_stopped_by_hand_stay_with_their_networks_and_other_containers_go()
    {
        string network = _mark + "-net", lonely = _mark + "-lonely";
        await DockerFixture.DockerAsync("network", "create", network);
        await DockerFixture.DockerAsync("network", "create", lonely);
        string service = await _lab.RunAsync("api", "exit 0", "--network", network);
        await DockerFixture.DockerAsync("wait", service);
        string plain = await EndAsync("--name", _mark + "-plain"), oneOff = await EndAsync("--label", "com.docker.compose.project=x", "--label", "com.docker.compose.service=job", "--label", "com.docker.compose.oneoff=True");
        string running = await _lab.RunAsync("web", "sleep 1000");

        IReadOnlyList<StorageItem> found = await FindAsync(StorageKind.Container);
        Assert.Equal([plain, oneOff], found.Where(c => new[] { service, plain, oneOff, running }.Contains(c.Id)).Select(c => c.Id).OrderBy(id => id == oneOff));
        Assert.Equal([lonely], (await FindAsync(StorageKind.Network)).Where(n => n.Name.StartsWith(_mark, StringComparison.Ordinal)).Select(n => n.Name));
        string others = await EndAsync("--label", "com.docker.compose.project=another", "--label", "com.docker.compose.service=api");
        IReadOnlyList<StorageItem> withServices = await FindAsync(StorageKind.Container, Now with { Services = true });
        Assert.Contains(withServices, c => c.Id == service);
        Assert.DoesNotContain(withServices, c => c.Id == others);
        Assert.DoesNotContain(await FindAsync(StorageKind.Container, new StorageRequest()), c => c.Id == plain);

        StorageItem item = found.Single(c => c.Id == plain);
        Assert.InRange(item.Bytes, 100_000, 200_000);
        Assert.Equal(item.Bytes, (await RemoveAsync(item)).FreedBytes);
        Assert.Equal(0, (await RemoveAsync((await FindAsync(StorageKind.Network)).Single(n => n.Name == lonely))).FreedBytes);
        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => RemoveAsync(item with { Id = running }))).ErrorId);
        // Started again since it was looked at.
        string name = (await DockerFixture.DockerAsync("inspect", "-f", "{{.Name}}", running)).Trim().TrimStart('/');
        var busy = await Assert.ThrowsAsync<OpsException>(() => RemoveAsync(item with { Id = running, Name = name }));
        Assert.Equal(("StorageInUse", OpsErrorCategory.ResourceBusy), (busy.ErrorId, busy.Category));
        await DockerFixture.DockerAsync("start", service);
    }

    [Fact]
    public async Task Volumes_go_only_by_name_and_never_from_under_a_container()
    {
        (string free, string held) = (_mark + "-free", _mark + "-held");
        string id = await EndAsync("-v", held + ":/data", "-v", free + ":/free");
        await DockerFixture.DockerAsync("run", "--rm", "-v", free + ":/data", DockerFixture.Image, "busybox", "dd", "if=/dev/zero", "of=/data/x", "bs=1000", "count=500");
        await DockerFixture.DockerAsync("rm", id);
        await EndAsync("-v", held + ":/data");

        Assert.Empty(await FindAsync(StorageKind.Volume));
        var errors = new List<OpsException>();
        var request = new StorageRequest { Volumes = [free, held, free + "d"] };
        StorageItem volume = Assert.Single(await Finder(request).FindAsync(StorageKind.Volume, errors.Add, default));
        Assert.Equal(["VolumeInUse", "VolumeNotFound"], errors.Select(e => e.ErrorId).Order());
        Assert.Contains(errors, e => e.Message.Contains($"Did you mean {free}?", StringComparison.Ordinal));
        Assert.InRange(volume.Bytes, 500_000, 600_000);
        Assert.Equal(volume.Bytes, (await RemoveAsync(volume)).FreedBytes);
        Assert.DoesNotContain(free, await DockerFixture.DockerAsync("volume", "ls", "-q"));
        Assert.Equal("StorageInUse", (await Assert.ThrowsAsync<OpsException>(() => RemoveAsync(volume with { Id = held, Name = held }))).ErrorId);
    }

    /// <summary>A plan may come from a file that somebody else wrote: the engine folds paths, and takes names for ids.</summary>
    [Theory]
    [InlineData(StorageKind.Network, "pgdata", "../volumes/pgdata")]
    [InlineData(StorageKind.Container, "job", "job")]
    [InlineData(StorageKind.Image, "<none> abc", "postgres:16")]
    [InlineData((StorageKind)99, "x", "x")]
    public async Task What_is_no_id_is_refused_before_the_engine_is_asked(StorageKind kind, string name, string id)
    {
        var item = new StorageItem { Kind = kind, Name = name, Id = id, Environment = _lab.Context.Environment.Name };
        Assert.Equal("PlanInvalid", (await Assert.ThrowsAsync<OpsException>(() => RemoveAsync(item))).ErrorId);
    }

    [Fact]
    public async Task Build_cache_is_measured_and_goes()
    {
        File.WriteAllBytes(_folder["blob"], RandomNumberGenerator.GetBytes(Blob));
        _folder.Write("Dockerfile", "FROM scratch\nCOPY blob /one\nCOPY blob /two\n");
        await BuildWithCacheAsync();
        StorageItem cache = Assert.Single(await FindAsync(StorageKind.BuildCache));
        Assert.True(cache.Bytes >= Blob, $"{cache.Bytes}");
        Assert.Empty(await FindAsync(StorageKind.BuildCache, new StorageRequest()));
        Assert.Equal(cache.Bytes, (await MeasureAsync(DiskUsageKind.BuildCache)).Single().ReclaimableBytes);
        Assert.True((await RemoveAsync(cache)).FreedBytes >= Blob);
        Assert.Empty(await FindAsync(StorageKind.BuildCache));
    }

    [Fact]
    public async Task Usage_tells_of_images_containers_volumes_and_the_log_of_each_container()
    {
        await BuildAsync(_mark);
        string talker = await _lab.RunAsync("talker", "busybox seq 10000; sleep 1000"), volume = _mark + "-v";
        await EndAsync("-v", volume + ":/data");
        await _lab.UntilAsync("talker", s => s.Ready == 1);

        List<DiskUsage> found = await MeasureAsync();
        DiskUsage images = found.Single(u => u.Kind == DiskUsageKind.Image), containers = found.Single(u => u.Kind == DiskUsageKind.Container), volumes = found.Single(u => u.Kind == DiskUsageKind.Volume);
        Assert.True(images.SizeBytes > images.ReclaimableBytes && images.ReclaimableBytes >= Blob && images.Count > images.Active);
        Assert.True(containers.ReclaimableBytes >= 100_000 && containers.Count > containers.Active);
        Assert.True(volumes.Count > 0);
        DiskUsage log = found.Single(u => u.Kind == DiskUsageKind.ContainerLog && u.Path!.Contains(talker, StringComparison.Ordinal));
        Assert.True(log.SizeBytes > 48_894, $"{log.SizeBytes}");
        Assert.Contains(found, u => u is { Kind: DiskUsageKind.FileSystem, Name: "/" });
        Assert.All(found, u => Assert.Equal(Environment.MachineName, u.Host));
    }

    [Fact]
    public async Task Of_an_engine_elsewhere_nothing_local_is_shown_as_its_own()
    {
        // The same engine with another name, as one behind a forwarded socket has.
        await using var elsewhere = new RenamingEngine(Environment.GetEnvironmentVariable("DOCKER_HOST")!["unix://".Length..]);
        string before = Environment.GetEnvironmentVariable("DOCKER_HOST")!;
        try
        {
            Environment.SetEnvironmentVariable("DOCKER_HOST", $"tcp://127.0.0.1:{elsewhere.Port}");
            List<DiskUsage> found = await MeasureAsync();
            Assert.Equal([DiskUsageKind.Image, DiskUsageKind.Container, DiskUsageKind.Volume, DiskUsageKind.BuildCache], found.Select(u => u.Kind));
            Assert.All(found, u => Assert.Equal(RenamingEngine.Name, u.Host));
            Assert.Contains(RenamingEngine.Name, Assert.Single(_lab.Reporter.Warnings));
            Assert.Contains(await MeasureAsync(DiskUsageKind.FileSystem), u => u.Host == Environment.MachineName);
        }
        finally { Environment.SetEnvironmentVariable("DOCKER_HOST", before); }
    }

    private async Task<List<DiskUsage>> MeasureAsync(params DiskUsageKind[] kinds)
    {
        var found = new List<DiskUsage>();
        await new DiskUsageReader(_lab.Context).RunAsync(new DiskUsageRequest { Kinds = kinds.Length == 0 ? null : kinds }, found.Add, e => throw e, default);
        return found;
    }

    /// <summary>Builds with the engine's own BuildKit, which the docker client does only with a plugin that Debian does not bring.</summary>
    private async Task BuildWithCacheAsync()
    {
        string archive = Path.Combine(_lab.Folder, "context.tar");
        await ProgramRunner.RunAsync(new ProgramCall("tar", "-cf", archive, "-C", _folder.Path, "."), null, default);
        string said = await ProgramRunner.RunAsync(new ProgramCall("curl", "-sS", "--unix-socket", Environment.GetEnvironmentVariable("DOCKER_HOST")!["unix://".Length..], "-H", "Content-Type: application/x-tar",
            "--data-binary", "@" + archive, $"http://docker/build?version=2&t={_mark}-cache"), null, default);
        Assert.DoesNotContain("\"error\"", said);
    }
}
