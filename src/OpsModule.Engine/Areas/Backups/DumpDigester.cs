using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Digests an archive's tables while it is read, and writes it to a copy where there is one.</summary>
internal sealed class DumpDigester(ArchiveReader reader, ArchiveWriter? copy)
{
    /// <summary>Shown the rows of each table as they come.</summary>
    public Action<ArchiveEntry, ReadOnlyMemory<byte>>? OnRows { get; init; }

    public async Task<(DumpContent Content, ArchiveHeader Header)> RunAsync(CancellationToken ct) =>
        await RunAsync(await reader.ReadHeaderAsync(ct).ConfigureAwait(false), ct).ConfigureAwait(false);

    /// <summary>The same, of an archive whose header has been read.</summary>
    public async Task<(DumpContent Content, ArchiveHeader Header)> RunAsync(ArchiveHeader header, CancellationToken ct)
    {
        ArchiveNames.Refuse(header);
        if (copy is not null) await copy.WriteHeaderAsync(header, ct).ConfigureAwait(false);
        var awaited = header.Entries.Where(e => e.HasData).Select(e => e.DumpId).ToHashSet();
        var tables = new List<TableDigest>();
        RowDigest? largeObjects = null;
        while (await reader.NextBlockAsync(ct).ConfigureAwait(false) is { } entry)
        {
            awaited.Remove(entry.DumpId);
            if (entry.CopyStatement is not null) tables.Add(await TableAsync(entry, ct).ConfigureAwait(false));
            else await LargeObjectsAsync(entry, largeObjects ??= new RowDigest(), ct).ConfigureAwait(false);
        }
        if (awaited.Count > 0)
            throw ArchiveBuffer.Unreadable($"the data of {awaited.Count} of its tables is missing, the first being {header.Entries.First(e => awaited.Contains(e.DumpId)).Tag}");
        // From version 17 on there is a block for each group of a thousand large objects, or for each owner.
        if (largeObjects is not null) tables.Add(largeObjects.ForTable("", LargeObjects.Name));
        return (new DumpContent(header.ToolVersion, tables), header);
    }

    private async Task<TableDigest> TableAsync(ArchiveEntry entry, CancellationToken ct)
    {
        var digest = new RowDigest();
        if (copy is not null) await copy.BeginBlockAsync(ArchiveReader.DataBlock, entry.DumpId, ct).ConfigureAwait(false);
        ReadOnlyMemory<byte> closing = await reader.ReadRowsAsync(rows =>
        {
            digest.Append(rows.Span);
            OnRows?.Invoke(entry, rows);
            return copy?.WritePieceAsync(rows, ct) ?? ValueTask.CompletedTask;
        }, ct).ConfigureAwait(false);
        if (copy is not null)
        {
            await copy.WritePieceAsync(closing, ct).ConfigureAwait(false);
            await copy.WritePieceAsync(default, ct).ConfigureAwait(false);
        }
        return digest.ForTable(entry.Schema ?? "", entry.Tag);
    }

    private async Task LargeObjectsAsync(ArchiveEntry entry, RowDigest digest, CancellationToken ct)
    {
        LargeObjectHash? current = null;
        if (copy is not null) await copy.BeginBlockAsync(ArchiveReader.LargeObjectBlock, entry.DumpId, ct).ConfigureAwait(false);
        await reader.ReadLargeObjectsAsync(async (id, piece) =>
        {
            if (current is null)
            {
                current = new LargeObjectHash(id);
                if (copy is not null) await copy.WriteNumberAsync(unchecked((int)id), ct).ConfigureAwait(false);
            }
            if (copy is not null) await copy.WritePieceAsync(piece, ct).ConfigureAwait(false);
            if (piece.Length > 0)
            {
                current.Append(piece.Span);
                return;
            }
            digest.AppendLargeObject(current);
            current = null;
        }, ct).ConfigureAwait(false);
        if (copy is not null) await copy.WriteNumberAsync(0, ct).ConfigureAwait(false);
    }
}
