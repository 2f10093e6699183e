using System.Security.Cryptography;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Stores;

/// <summary>What every store promises. Each kind of store runs these same tests.</summary>
public abstract class StoreContract
{
    protected static readonly CancellationToken None = CancellationToken.None;

    /// <summary>An empty store.</summary>
    protected abstract IBackupStore Store { get; }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024 * 1024)]
    [InlineData(20 * 1024 * 1024 + 7)]
    public async Task What_is_put_comes_back(int length)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(length);
        await PutAsync("a/b/object", bytes);

        Assert.Equal(bytes, await ReadAsync("a/b/object"));
        StoredObject? found = await Store.FindAsync("a/b/object", None);
        Assert.Equal(length, found!.Length);
        Assert.InRange(found.Modified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Empty(await LeftoversAsync());
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20 * 1024 * 1024)]
    public async Task What_is_not_committed_is_never_there(int length)
    {
        await using (StoreUpload upload = await Store.CreateAsync("a/object", None))
        {
            await upload.Stream.WriteAsync(new byte[length]);
            Assert.Null(await Store.FindAsync("a/object", None));
            Assert.Empty(await KeysAsync(""));
        }

        Assert.Null(await Store.FindAsync("a/object", None));
        Assert.Empty(await KeysAsync(""));
        Assert.Empty(await LeftoversAsync());
        await PutAsync("a/object", [1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_can_be_disposed_twice(bool commit)
    {
        StoreUpload upload = await Store.CreateAsync("object", None);
        await upload.Stream.WriteAsync(new byte[9_000_000]);
        if (commit) await upload.CommitAsync(None);
        await upload.DisposeAsync();
        await upload.DisposeAsync();

        Assert.Equal(commit, await Store.FindAsync("object", None) is not null);
        Assert.Empty(await LeftoversAsync());
    }

    [Fact]
    public async Task Reading_begins_at_the_offset()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(3_000_000);
        await PutAsync("object", bytes);

        foreach (int offset in new[] { 0, 1, 1_500_000, bytes.Length - 1, bytes.Length })
            Assert.Equal(bytes[offset..], await ReadAsync("object", offset));
    }

    [Fact]
    public async Task An_object_is_never_overwritten()
    {
        await PutAsync("object", [1, 2, 3]);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => PutAsync("object", [4]));

        Assert.Equal("ObjectExists", error.ErrorId);
        Assert.Equal([1, 2, 3], await ReadAsync("object"));
        Assert.Empty(await LeftoversAsync());
    }

    [Fact]
    public async Task A_note_takes_the_place_of_the_one_before_and_one_that_is_stopped_does_not()
    {
        await Store.ReplaceAsync("a/note", new byte[] { 1 }, None);
        await Store.ReplaceAsync("a/note", new byte[] { 2, 3 }, None);
        Assert.Equal([2, 3], await ReadAsync("a/note"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.ReplaceAsync("a/note", new byte[] { 4 }, new CancellationToken(canceled: true)));
        Assert.Equal([2, 3], await ReadAsync("a/note"));
        Assert.Equal(["a/note"], await KeysAsync(""));
        Assert.Empty(await LeftoversAsync());
    }

    /// <summary>Whoever reads while it is replaced reads one or the other, and never finds none.</summary>
    [Fact]
    public async Task A_note_that_is_replaced_is_there_at_every_moment()
    {
        await Store.ReplaceAsync("note", new byte[] { 0 }, None);
        using var stop = new CancellationTokenSource();
        Task<int> reading = Task.Run(async () =>
        {
            int reads = 0;
            for (; !stop.IsCancellationRequested; reads++) Assert.Single((await Store.ReadAsync("note", 100, None))!);
            return reads;
        });
        for (byte i = 1; i <= 40; i++) await Store.ReplaceAsync("note", new[] { i }, None);
        await stop.CancelAsync();
        Assert.True(await reading > 0);
        Assert.Equal([40], await ReadAsync("note"));
    }

    [Fact]
    public async Task One_that_appeared_during_the_upload_is_not_overwritten()
    {
        await using StoreUpload slow = await Store.CreateAsync("object", None);
        await slow.Stream.WriteAsync(new byte[] { 1 });
        await PutAsync("object", [2]);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => slow.CommitAsync(None));

        Assert.Equal("ObjectExists", error.ErrorId);
        Assert.Equal([2], await ReadAsync("object"));
    }

    [Fact]
    public async Task Keys_are_listed_in_order_by_prefix()
    {
        string[] keys = ["a/b", "a-b", "a/b/c", "a.b", "b/1", "b/10", "b/2", "b", "ab", "z y/ü"];
        // A folder cannot hold both an object and a folder of one name.
        foreach (string key in keys.Except(["a/b", "b"])) await PutAsync(key, [1]);

        Assert.Equal(["a-b", "a.b", "a/b/c", "ab", "b/1", "b/10", "b/2", "z y/ü"], await KeysAsync(""));
        Assert.Equal(["a/b/c"], await KeysAsync("a/"));
        Assert.Equal(["b/1", "b/10"], await KeysAsync("b/1"));
        Assert.Empty(await KeysAsync("nothing/"));
    }

    [Theory]
    [InlineData("a%41b/%2E%2F%25")]
    [InlineData("plus + and & = ? # here/x")]
    [InlineData("(brackets) 'quotes' \"more\" *!~@,;:$/x")]
    [InlineData("Übung/日本語/😀")]
    public async Task A_key_is_taken_as_it_is(string key)
    {
        await PutAsync(key, [1, 2]);
        await PutAsync("other", [3]);

        Assert.Equal([1, 2], await ReadAsync(key));
        Assert.Contains(key, await KeysAsync(""));
        Assert.Equal([key], await KeysAsync(key));
        await Store.DeleteAsync(TestScope.Instance, key, None);
        Assert.Equal(["other"], await KeysAsync(""));
    }

    [Fact]
    public async Task What_is_deleted_is_gone_and_what_is_not_there_can_be_deleted()
    {
        await PutAsync("a/object", [1]);
        await Store.DeleteAsync(TestScope.Instance, "a/object", None);
        await Store.DeleteAsync(TestScope.Instance, "a/object", None);

        Assert.Null(await Store.FindAsync("a/object", None));
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Store.OpenAsync("a/object", 0, None));
        Assert.Equal("ObjectMissing", error.ErrorId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a/.hidden")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    public async Task A_key_that_could_lead_elsewhere_is_refused(string key)
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Store.CreateAsync(key, None));
        Assert.Equal("StoreKeyInvalid", error.ErrorId);
        await Assert.ThrowsAsync<OpsException>(() => Store.OpenAsync(key, 0, None));
        await Assert.ThrowsAsync<OpsException>(() => Store.DeleteAsync(TestScope.Instance, key, None));
    }

    [Fact]
    public async Task Many_at_once_do_not_mix()
    {
        byte[][] all = [.. Enumerable.Range(0, 6).Select(i => RandomNumberGenerator.GetBytes(1_000_000 + i))];
        await Task.WhenAll(all.Select((bytes, i) => PutAsync($"many/{i}", bytes)));

        for (int i = 0; i < all.Length; i++) Assert.Equal(all[i], await ReadAsync($"many/{i}"));
    }

    [Fact]
    public async Task A_cancelled_upload_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        await using (StoreUpload upload = await Store.CreateAsync("object", stop.Token))
        {
            await upload.Stream.WriteAsync(new byte[9_000_000], stop.Token);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.CommitAsync(stop.Token));
        }

        Assert.Null(await Store.FindAsync("object", None));
        Assert.Empty(await LeftoversAsync());
    }

    protected async Task PutAsync(string key, byte[] bytes)
    {
        await using StoreUpload upload = await Store.CreateAsync(key, None);
        await upload.Stream.WriteAsync(bytes);
        await upload.CommitAsync(None);
    }

    protected async Task<byte[]> ReadAsync(string key, long offset = 0)
    {
        await using Stream stream = await Store.OpenAsync(key, offset, None);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    protected async Task<List<string>> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (StoredObject found in Store.ListAsync(prefix, None)) keys.Add(found.Key);
        return keys;
    }

    protected async Task<List<StoreLeftover>> LeftoversAsync()
    {
        var leftovers = new List<StoreLeftover>();
        await foreach (StoreLeftover leftover in Store.ListLeftoversAsync("", None)) leftovers.Add(leftover);
        return leftovers;
    }
}
