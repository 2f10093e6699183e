namespace OpsModule.Connections.Postgres;

/// <summary>Reads an archive's header and table of contents.</summary>
internal static class ArchiveHeaderReader
{
    private const byte CustomFormat = 1;
    private static readonly Version Oldest = new(1, 12);
    private static readonly Version Newest = new(1, 16);

    public static async Task<ArchiveHeader> ReadAsync(ArchiveBuffer buffer, CancellationToken ct)
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
        if (format != CustomFormat) throw ArchiveBuffer.Unreadable($"it is of format {format}, not a custom-format archive");
        int compression = minor >= 15
            ? await buffer.ReadByteAsync(ct).ConfigureAwait(false)
            : await buffer.ReadIntAsync(ct).ConfigureAwait(false);
        if (compression != 0) throw ArchiveBuffer.Unreadable("its data is compressed inside the archive");
        for (int i = 0; i < 7; i++) await buffer.ReadIntAsync(ct).ConfigureAwait(false); // the dump's local time
        string database = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        string server = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        string tool = await buffer.ReadStringAsync(ct).ConfigureAwait(false) ?? "";
        int count = await buffer.ReadIntAsync(ct).ConfigureAwait(false);
        var entries = new List<ArchiveEntry>(Math.Clamp(count, 0, 4096));
        var guessed = new List<string>();
        for (int i = 0; i < count; i++) entries.Add(await ReadEntryAsync(buffer, minor, offsetSize, guessed, ct).ConfigureAwait(false));
        return new ArchiveHeader(version, database, server, tool, entries, buffer.IntSize, buffer.Bytes.AsMemory(0, buffer.Position).ToArray()) { GuessedNames = guessed };
    }

    private static async Task<ArchiveEntry> ReadEntryAsync(ArchiveBuffer buffer, int minor, int offsetSize, List<string> guessed, CancellationToken ct)
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
        await buffer.RequireAsync(1 + offsetSize, ct).ConfigureAwait(false);
        buffer.Position += 1 + offsetSize; // where the data is, which a streamed archive does not know
        return new ArchiveEntry(id, tag, description, section, Known(schema), Known(owner), definition, Known(copy), hasData, dependencies)
        {
            Tablespace = Known(tablespace), AccessMethod = Known(accessMethod),
        };
    }

    private static string? Known(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
