namespace OpsModule.Connections.Postgres.Archives;

/// <summary>Reads an archive's header and table of contents.</summary>
internal static class ArchiveHeaderReader
{
    private const byte PositionKnown = 2, PositionUnknown = 1;
    private static readonly Version Oldest = new(1, 12);
    private static readonly Version Newest = new(1, 16);

    /// <param name="buffer">The archive.</param>
    /// <param name="anyFormat">Reads the table of contents of a tar or directory archive, too, whose data lies elsewhere.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<ArchiveHeader> ReadAsync(ArchiveBuffer buffer, bool anyFormat, CancellationToken ct)
    {
        await buffer.RequireAsync(5, ct).ConfigureAwait(false);
        if (!buffer.Bytes.AsSpan(0, 5).SequenceEqual("PGDMP"u8)) throw ArchiveBuffer.Unreadable("it does not begin with PGDMP");
        buffer.Position = 5;
        int major = await buffer.ReadByteAsync(ct).ConfigureAwait(false);
        int minor = await buffer.ReadByteAsync(ct).ConfigureAwait(false);
        await buffer.ReadByteAsync(ct).ConfigureAwait(false); // revision
        var version = new Version(major, minor);
        if (version < Oldest || version > Newest)
            throw ArchiveBuffer.Unreadable($"its format is {version}, and this module reads {Oldest} to {Newest}");
        buffer.IntSize = await buffer.ReadByteAsync(ct).ConfigureAwait(false);
        int offsetSize = await buffer.ReadByteAsync(ct).ConfigureAwait(false);
        byte format = await buffer.ReadByteAsync(ct).ConfigureAwait(false);
        if (buffer.IntSize is < 4 or > 8 || offsetSize is < 4 or > 8) throw ArchiveBuffer.Unreadable("its integers have an unknown size");
        if (!Enum.IsDefined((ArchiveFormat)format) || (format != (byte)ArchiveFormat.Custom && !anyFormat))
            throw ArchiveBuffer.Unreadable($"it is of format {format}, not a custom-format archive");
        int compressedAt = buffer.Position;
        ArchiveCompression compression = await CompressionAsync(buffer, minor, ct).ConfigureAwait(false);
        int compressedLength = buffer.Position - compressedAt;
        DateTime? made = await TimeAsync(buffer, ct).ConfigureAwait(false);
        string database = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        string server = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        string tool = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        int count = await buffer.ReadIntAsync(ct).ConfigureAwait(false);
        var entries = new List<ArchiveEntry>(Math.Clamp(count, 0, 4096));
        var guessed = new List<string>();
        var places = new List<(int Start, int Length)>();
        for (int i = 0; i < count; i++)
        {
            ArchiveEntry entry = await ReadEntryAsync(buffer, minor, guessed, ct).ConfigureAwait(false);
            if (format != (byte)ArchiveFormat.Custom)
                entry = entry with { File = Known(await buffer.ReadStringAsync(ct).ConfigureAwait(false)) };
            else places.Add(await PlaceAsync(buffer, offsetSize, ct).ConfigureAwait(false));
            entries.Add(entry);
        }
        byte[] raw = buffer.Bytes.AsSpan(0, buffer.Position).ToArray();
        raw.AsSpan(compressedAt, compressedLength).Clear();
        foreach ((int start, int length) in places.Where(p => raw[p.Start] == PositionKnown))
        {
            raw.AsSpan(start, length).Clear();
            raw[start] = PositionUnknown;
        }
        return new ArchiveHeader(version, database, server, tool, entries, buffer.IntSize, raw)
        {
            GuessedNames = guessed, Format = (ArchiveFormat)format, Compression = compression, MadeAt = made,
        };
    }

    /// <summary>How the data is compressed inside the archive. Before format 1.15 there was zlib alone, and the level stood here.</summary>
    private static async Task<ArchiveCompression> CompressionAsync(ArchiveBuffer buffer, int minor, CancellationToken ct)
    {
        if (minor < 15) return await buffer.ReadIntAsync(ct).ConfigureAwait(false) == 0 ? ArchiveCompression.None : ArchiveCompression.Gzip;
        byte algorithm = await buffer.ReadByteAsync(ct).ConfigureAwait(false);
        return Enum.IsDefined((ArchiveCompression)algorithm) ? (ArchiveCompression)algorithm
            : throw ArchiveBuffer.Unreadable($"its data is compressed in a way that this module does not know ({algorithm})");
    }

    /// <summary>When pg_dump ran, by the clock on the wall where it ran: there is no time zone.</summary>
    private static async Task<DateTime?> TimeAsync(ArchiveBuffer buffer, CancellationToken ct)
    {
        int[] t = new int[7];
        for (int i = 0; i < t.Length; i++) t[i] = await buffer.ReadIntAsync(ct).ConfigureAwait(false);
        try { return new DateTime(t[5] + 1900, t[4] + 1, t[3], t[2], t[1], Math.Min(t[0], 59)); }
        catch (ArgumentOutOfRangeException) { return null; }
    }

    /// <summary>Where the data of an entry is, which a streamed archive does not know; what is written again lies elsewhere.</summary>
    private static async Task<(int Start, int Length)> PlaceAsync(ArchiveBuffer buffer, int offsetSize, CancellationToken ct)
    {
        await buffer.RequireAsync(1 + offsetSize, ct).ConfigureAwait(false);
        int start = buffer.Position;
        buffer.Position += 1 + offsetSize;
        return (start, 1 + offsetSize);
    }

    private static async Task<ArchiveEntry> ReadEntryAsync(ArchiveBuffer buffer, int minor, List<string> guessed, CancellationToken ct)
    {
        int id = await buffer.ReadIntAsync(ct).ConfigureAwait(false);
        bool hasData = await buffer.ReadIntAsync(ct).ConfigureAwait(false) != 0;
        await buffer.ReadStringAsync(ct).ConfigureAwait(false); // table oid
        await buffer.ReadStringAsync(ct).ConfigureAwait(false); // oid
        int names = buffer.Guessed;
        string tag = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        string description = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        int section = await buffer.ReadIntAsync(ct).ConfigureAwait(false);
        names -= buffer.Guessed;
        string definition = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        await buffer.ReadStringAsync(ct).ConfigureAwait(false); // drop statement
        names += buffer.Guessed;
        string? copy = await buffer.ReadStringAsync(ct).ConfigureAwait(false);
        string? schema = await buffer.ReadStringAsync(ct).ConfigureAwait(false);
        string? tablespace = await buffer.ReadStringAsync(ct).ConfigureAwait(false);
        string? accessMethod = minor >= 14 ? await buffer.ReadStringAsync(ct).ConfigureAwait(false) : null;
        if (minor >= 16) await buffer.ReadIntAsync(ct).ConfigureAwait(false); // relation kind
        string? owner = await buffer.ReadStringAsync(ct).ConfigureAwait(false);
        await buffer.ReadStringAsync(ct).ConfigureAwait(false); // with oids
        if (names != buffer.Guessed) guessed.Add($"{description} {tag}");
        if (description == "ENCODING") buffer.Text.Use(definition);
        var dependencies = new List<int>();
        while (await buffer.ReadStringAsync(ct).ConfigureAwait(false) is { } dependency)
            if (int.TryParse(dependency, out int dependencyId)) dependencies.Add(dependencyId);
        return new ArchiveEntry(id, tag, description, section, Known(schema), Known(owner), definition, Known(copy), hasData, dependencies)
        {
            Tablespace = Known(tablespace), AccessMethod = Known(accessMethod),
        };
    }

    private static string? Known(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
