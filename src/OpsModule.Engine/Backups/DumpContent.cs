using OpsModule.Engine.Postgres;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Backups;

/// <summary>What passed through a dump: every table's rows and digest.</summary>
internal sealed record DumpContent(string ToolVersion, IReadOnlyList<TableDigest> Tables)
{
    /// <summary>Large objects are digested as if they were one table of this name.</summary>
    public const string LargeObjects = "LARGE OBJECTS";

    /// <summary>Reads a running dump to its end. What pg_dump says of a failure comes before what the broken archive looks like.</summary>
    public static async Task<DumpContent> ReadAsync(Stream archive, RunningProgram dump, CancellationToken cancellationToken)
    {
        DumpContent content;
        try
        {
            content = await ReadAsync(archive, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "ArchiveUnreadable")
        {
            // One that still runs waits for us to read on, which nobody will: then the archive is what there is to tell.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(2));
            try { await dump.WaitAsync(patience.Token).ConfigureAwait(false); }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { }
            throw;
        }
        await dump.WaitAsync(cancellationToken).ConfigureAwait(false);
        return content;
    }

    /// <summary>Reads an archive to its end.</summary>
    /// <exception cref="OpsException"><c>ArchiveUnreadable</c>, also when a table's data never came.</exception>
    public static async Task<DumpContent> ReadAsync(Stream archive, CancellationToken cancellationToken) =>
        (await ReadWithHeaderAsync(archive, cancellationToken).ConfigureAwait(false)).Content;

    /// <summary>Reads an archive to its end and keeps its header's bytes.</summary>
    public static async Task<(DumpContent Content, ReadOnlyMemory<byte> Header)> ReadWithHeaderAsync(Stream archive, CancellationToken cancellationToken)
    {
        var reader = new ArchiveReader(archive);
        ArchiveHeader header = await reader.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
        var awaited = header.Entries.Where(e => e.HasData).Select(e => e.DumpId).ToHashSet();
        var tables = new List<TableDigest>();
        RowDigest? largeObjects = null;
        while (await reader.NextBlockAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            awaited.Remove(entry.DumpId);
            if (entry.CopyStatement is not null) tables.Add(await DigestTableAsync(reader, entry, cancellationToken).ConfigureAwait(false));
            else await DigestLargeObjectsAsync(reader, largeObjects ??= new RowDigest(), cancellationToken).ConfigureAwait(false);
        }
        // From version 17 on there is a block for each group of a thousand large objects, or for each owner.
        if (largeObjects is not null) tables.Add(largeObjects.ForTable("", LargeObjects));
        if (awaited.Count > 0)
            throw ArchiveBuffer.Unreadable($"the data of {awaited.Count} of its tables is missing, the first being {header.Entries.First(e => awaited.Contains(e.DumpId)).Tag}");
        return (new DumpContent(header.ToolVersion, tables), header.RawBytes);
    }

    private static async Task<TableDigest> DigestTableAsync(ArchiveReader reader, ArchiveEntry entry, CancellationToken cancellationToken)
    {
        var digest = new RowDigest();
        await reader.ReadRowsAsync(rows =>
        {
            digest.Append(rows.Span);
            return ValueTask.CompletedTask;
        }, cancellationToken).ConfigureAwait(false);
        return digest.ForTable(entry.Schema ?? "", entry.Tag);
    }

    private static async Task DigestLargeObjectsAsync(ArchiveReader reader, RowDigest digest, CancellationToken cancellationToken)
    {
        LargeObjectHash? current = null;
        await reader.ReadLargeObjectsAsync((id, piece) =>
        {
            current ??= new LargeObjectHash(id);
            if (piece.Length > 0)
            {
                current.Append(piece.Span);
            }
            else
            {
                digest.AppendLargeObject(current);
                current = null;
            }
            return ValueTask.CompletedTask;
        }, cancellationToken).ConfigureAwait(false);
    }
}
