using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.Folder;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>Exports: what they hold, what the manifest says, and that there is a whole one or none.</summary>
public sealed class LogExportTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    [InlineData(Compression.None)]
    public async Task The_file_holds_every_entry_and_the_manifest_says_what_the_file_is(Compression compression)
    {
        _folder.Write("in/app.log", "2026-11-21T03:16:00Z ERROR a \u001b[31m\"b\"\n  at c\nplain é\n{\"time\":\"2026-11-21T03:17:00Z\",\"level\":\"info\",\"msg\":\"d\",\"n\":7,\"r\":0.5,\"t\":true,\"z\":null}\n");
        LogExportRecord record = await ExportAsync("out", compression);
        byte[] stored = File.ReadAllBytes(record.Location);
        Assert.Equal((Convert.ToHexString(SHA256.HashData(stored)).ToLowerInvariant(), (long)stored.Length), (record.Sha256, record.StoredBytes));
        Stream open = new MemoryStream(stored);
        if (compression == Compression.Gzip) open = new GZipStream(open, CompressionMode.Decompress);
        if (compression == Compression.Zstd) open = new ZstdDecompressor(open);
        using var text = new StreamReader(open);
        JsonElement[] lines = [.. (await text.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<JsonElement>(l))];
        Assert.Equal(["a \u001b[31m\"b\"\n  at c", "plain é", "d"], lines.Select(l => l.GetProperty("message").GetString()));
        Assert.Equal("2026-11-21T03:16:00Z ERROR a \u001b[31m\"b\"\n  at c", lines[0].GetProperty("raw").GetString());
        Assert.Equal("{\"n\":7,\"r\":0.5,\"t\":true,\"z\":null}", lines[2].GetProperty("fields").GetRawText());
        JsonElement manifest = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(record.Location + ".manifest.json"));
        Assert.Equal((record.Sha256, 3, _folder["in/app.log"]), (manifest.GetProperty("sha256").GetString(), manifest.GetProperty("lines").GetInt32(), manifest.GetProperty("sources")[0].GetString()));
        Assert.Equal((new DateTimeOffset(2026, 11, 21, 3, 16, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 21, 3, 17, 0, TimeSpan.Zero)), (record.From, record.To));
    }

    [Fact]
    public async Task An_export_can_be_read_again()
    {
        _folder.Write("in/app.log", "2026-11-21T03:16:00Z ERROR a\nplain\n");
        LogExportRecord record = await ExportAsync("out", Compression.Gzip);
        var read = new List<LogEntry>();
        await foreach (IReadOnlyList<LogEntry> batch in Reader().ReadAsync(new LogQuery { Files = [record.Location] }, default)) read.AddRange(batch);
        Assert.Equal([(LogLevel.Error, "a"), (LogLevel.Unknown, "plain")], read.Select(e => (e.Level, e.Message)));
        Assert.Equal(record.From, read[0].Time);
    }

    [Fact]
    public async Task Nothing_is_replaced_and_what_is_broken_off_leaves_nothing()
    {
        _folder.Write("in/app.log", "a\n");
        await ExportAsync("out", Compression.Gzip);
        await Assert.ThrowsAsync<OpsException>(() => ExportAsync("out", Compression.Gzip));
        using var stop = new CancellationTokenSource();
        var big = new FakeLogPlatform();
        FakeInstance instance = big.Add("api", "api-1");
        for (int i = 0; i < 100_000; i++) instance.Write(DateTimeOffset.UnixEpoch.AddSeconds(i), "line");
        var stopping = new StoppingStore(new FolderStore("folder", _folder["broken"]), stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new LogExport(stopping, TimeProvider.System)
            .RunAsync(new LogReader(big, SilentReporter.Instance, TimeProvider.System, e => throw e), new LogQuery(), "x.jsonl.gz", Compression.Gzip, [], stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["broken"]));
    }

    private Task<LogExportRecord> ExportAsync(string folder, Compression compression) => new LogExport(new FolderStore("folder", _folder[folder]), TimeProvider.System)
        .RunAsync(Reader(), new LogQuery { Files = [_folder["in/app.log"]] }, "x" + LogExport.Suffix(compression), compression, [], default);

    private static LogReader Reader() => new(null, SilentReporter.Instance, TimeProvider.System, e => throw e);

    /// <summary>A store whose user presses Ctrl+C once the upload has begun.</summary>
    private sealed class StoppingStore(IBackupStore inner, CancellationTokenSource stop) : IBackupStore
    {
        public string Name => inner.Name;

        public string LocationOf(string key) => inner.LocationOf(key);

        public async Task<StoreUpload> CreateAsync(string key, CancellationToken cancellationToken)
        {
            StoreUpload upload = await inner.CreateAsync(key, cancellationToken);
            await stop.CancelAsync();
            return upload;
        }

        public Task ReplaceAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.ReplaceAsync(key, content, cancellationToken);
        public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => inner.OpenAsync(key, offset, cancellationToken);
        public Task<byte[]?> ReadAsync(string key, int mostBytes, CancellationToken cancellationToken) => inner.ReadAsync(key, mostBytes, cancellationToken);
        public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => inner.FindAsync(key, cancellationToken);
        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);
        public Task DeleteAsync(ChangeScope scope, string key, CancellationToken cancellationToken) => inner.DeleteAsync(scope, key, cancellationToken);
        public Task ForgetAsync(string key, CancellationToken cancellationToken) => inner.ForgetAsync(key, cancellationToken);
        public IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, CancellationToken cancellationToken) => inner.ListLeftoversAsync(prefix, cancellationToken);
        public Task RemoveLeftoverAsync(ChangeScope scope, StoreLeftover leftover, CancellationToken cancellationToken) => inner.RemoveLeftoverAsync(scope, leftover, cancellationToken);
    }
}
