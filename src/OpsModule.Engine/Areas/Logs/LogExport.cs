using System.Buffers;
using System.Text.Json;
using OpsModule.Connections.Stores;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>
/// Writes entries to a compressed file of JSON lines in a folder or a store, and beside it a manifest. The file is written beside its name
/// and appears when it is whole; the manifest comes last.
/// </summary>
/// <param name="store">Where to.</param>
/// <param name="time">The clock.</param>
public sealed class LogExport(IBackupStore store, TimeProvider time)
{
    private const string ManifestSuffix = ".manifest.json";
    private const int BlockSize = 64 * 1024;

    private static readonly JsonSerializerOptions ManifestOptions = new() { WriteIndented = true, PropertyNamingPolicy =
        JsonNamingPolicy.CamelCase };

    /// <summary>The compression that is used; zstd where it is installed.</summary>
    /// <exception cref="OpsException"><c>CompressionUnavailable</c>.</exception>
    public static Compression Choose(Compression wanted) => wanted switch
    {
        Compression.Auto => Zstd.IsAvailable ? Compression.Zstd : Compression.Gzip,
        Compression.Zstd when !Zstd.IsAvailable => throw new OpsException("CompressionUnavailable", OpsErrorCategory.ResourceUnavailable,
            "zstd is not installed here.", "Install it (apt install libzstd1), or use -Compression Gzip.", wanted),
        _ => wanted,
    };

    /// <summary>What the name of an export ends with.</summary>
    public static string Suffix(Compression compression) => compression switch { Compression.Zstd => ".jsonl.zst", Compression.Gzip =>
        ".jsonl.gz", _ => ".jsonl" };

    /// <summary>Writes what a reader reads.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="query">What is read.</param>
    /// <param name="key">The object's key, or the file's name in the folder.</param>
    /// <param name="compression">How it is compressed, from <see cref="Choose"/>.</param>
    /// <param name="unread">Sources that could not be read; the reader's owner adds to it, and the manifest names them.</param>
    /// <param name="cancellationToken">Ends it and leaves nothing behind.</param>
    public async Task<LogExportRecord> RunAsync(LogReader reader, LogQuery query, string key, Compression compression,
        IReadOnlyCollection<string> unread, CancellationToken cancellationToken)
    {
        StoreUpload upload = await store.CreateAsync(key, cancellationToken).ConfigureAwait(false);
        var end = new StoreFanOut(new Dictionary<string, StoreUpload> { [store.Name] = upload });
        await using Stage first = compression switch { Compression.Zstd => new ZstdCompressor(end), Compression.Gzip =>
            new GzipCompressor(end), _ => end };
        var (lines, bytes, from, to) = await WriteAsync(reader, query, first, cancellationToken).ConfigureAwait(false);
        await first.CompleteAsync(cancellationToken).ConfigureAwait(false);
        await end.CommitAsync(cancellationToken).ConfigureAwait(false);
        var record = new LogExportRecord
        {
            Location = store.LocationOf(key),
            Store = store.Name,
            Key = key,
            CreatedAt = time.GetUtcNow(),
            Sources = reader.Sources,
            Unread = [.. unread],
            From = from,
            To = to,
            Lines = lines,
            Bytes = bytes,
            StoredBytes = end.Bytes,
            Sha256 = end.Sha256,
            Compression = compression.ToString().ToLowerInvariant(),
        };
        await store.WriteAsync(key + ManifestSuffix, JsonSerializer.SerializeToUtf8Bytes(record, ManifestOptions), cancellationToken)
            .ConfigureAwait(false);
        return record;
    }

    private static async Task<(long Lines, long Bytes, DateTimeOffset? From, DateTimeOffset? To)> WriteAsync(LogReader reader,
        LogQuery query, Stage stage, CancellationToken cancellationToken)
    {
        (long lines, long bytes) = (0, 0);
        DateTimeOffset? earliest = null, latest = null;
        var block = new ArrayBufferWriter<byte>(BlockSize * 2);
        await using var json = new Utf8JsonWriter(block, new JsonWriterOptions { SkipValidation = true });
        await foreach (IReadOnlyList<LogEntry> batch in reader.ReadAsync(query, cancellationToken).ConfigureAwait(false))
        {
            foreach (LogEntry entry in batch)
            {
                LogEntryJson.Write(json, entry);
                json.Flush();
                json.Reset();
                block.Write("\n"u8);
                lines++;
                if (entry.Time < earliest || earliest is null) earliest = entry.Time ?? earliest;
                if (entry.Time > latest || latest is null) latest = entry.Time ?? latest;
                if (block.WrittenCount >= BlockSize) await PassOnAsync().ConfigureAwait(false);
            }
        }
        await PassOnAsync().ConfigureAwait(false);
        return (lines, bytes, earliest, latest);

        async ValueTask PassOnAsync()
        {
            await stage.WriteAsync(block.WrittenMemory, cancellationToken).ConfigureAwait(false);
            bytes += block.WrittenCount;
            block.ResetWrittenCount();
        }
    }
}
