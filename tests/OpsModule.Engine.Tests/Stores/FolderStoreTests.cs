using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.Folder;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Stores;

public sealed class FolderStoreTests : StoreContract, IDisposable
{
    private readonly TempFolder _folder = new();

    protected override IBackupStore Store => new FolderStore("local", _folder["store"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_for_their_owner_only()
    {
        await PutAsync("a/object", [1]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["store/a/object"]));
        foreach (string folder in new[] { "store", "store/a" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder[folder]));
    }

    [Fact]
    public async Task An_abandoned_temporary_file_is_a_leftover_and_one_under_way_is_not()
    {
        await PutAsync("a/object", [1]);
        string abandoned = _folder["store/a/.other.zst.0123456789ab.part"];
        await File.WriteAllBytesAsync(abandoned, [1, 2]);
        await using StoreUpload underWay = await Store.CreateAsync("a/third", None);

        StoreLeftover leftover = Assert.Single(await LeftoversAsync());
        Assert.Equal(("a/other.zst", abandoned), (leftover.Key, leftover.Id));
        Assert.Equal(["a/object"], await KeysAsync(""));

        await Store.RemoveLeftoverAsync(TestScope.Instance, leftover, None);
        Assert.Empty(await LeftoversAsync());
        await underWay.CommitAsync(None);
        Assert.NotNull(await Store.FindAsync("a/third", None));
    }

    [Fact]
    public async Task Only_leftovers_can_be_removed_as_leftovers()
    {
        await PutAsync("object", [1]);
        foreach (string path in new[] { _folder["store/object"], "/etc/hostname" })
        {
            OpsException error = await Assert.ThrowsAsync<OpsException>(
                () => Store.RemoveLeftoverAsync(TestScope.Instance, new StoreLeftover("object", path, default), None));
            Assert.Equal("LeftoverUnknown", error.ErrorId);
            Assert.True(File.Exists(path));
        }
    }

    [Fact]
    public async Task A_full_disk_is_told_and_nothing_is_kept()
    {
        using var disk = new Tmpfs(8);
        var store = new FolderStore("small", Path.Combine(disk.Path, "store"));

        OpsException error = await Assert.ThrowsAsync<OpsException>(async () =>
        {
            await using StoreUpload upload = await store.CreateAsync("a/object", None);
            byte[] block = new byte[1024 * 1024];
            for (int i = 0; i < 40; i++) await upload.Stream.WriteAsync(block);
            await upload.CommitAsync(None);
        });

        Assert.Equal(("StoreFull", OpsErrorCategory.WriteError), (error.ErrorId, error.Category));
        Assert.Contains("bytes are free", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_journal_on_a_full_disk_refuses_the_change_and_stays_whole()
    {
        using var disk = new Tmpfs(1);
        var sample = new OpsEnvironment { Name = "test", Directory = disk.Path, StateDirectory = Path.Combine(disk.Path, "state") };
        var journal = new Journal(sample, TimeProvider.System);
        var data = new Dictionary<string, string> { ["text"] = new('x', 30_000) };

        OpsException error = await Assert.ThrowsAsync<OpsException>(async () =>
        {
            for (int i = 0; i < 100; i++)
            {
                await using IJournaledChange change = await journal.BeginAsync("A", "t", data);
                await change.CompleteAsync("done");
            }
        });

        Assert.Equal("JournalUnwritable", error.ErrorId);
        Assert.Contains("bytes are free", error.Message, StringComparison.Ordinal);
        JournalTestResult result = journal.Test();
        Assert.True(result.Passed, result.Message);
    }

    [Fact]
    public async Task A_read_only_disk_is_told()
    {
        using var disk = new Tmpfs(8);
        var store = new FolderStore("ro", disk.Path);
        disk.MakeReadOnly();

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => store.CreateAsync("object", None));

        Assert.Equal("StoreReadOnly", error.ErrorId);
    }

    [Fact]
    public async Task A_file_where_the_folder_should_be_is_told()
    {
        await File.WriteAllTextAsync(_folder["store"], "");
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => PutAsync("object", [1]));
        Assert.Equal("StoreUnavailable", error.ErrorId);
    }
}
