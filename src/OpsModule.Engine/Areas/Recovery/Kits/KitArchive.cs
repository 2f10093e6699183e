using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using OpsModule.Engine.Areas.Recovery.Kits.Content;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>The files of a kit as a tar, in memory: <c>kit.json</c> first, then the others.</summary>
internal static class KitArchive
{
    public const string ContentName = "kit.json", PageName = "README.md", FileName = "ops.yaml";

    /// <summary>What is read of a kit; a larger one is none.</summary>
    private const long MaxBytes = 1024L * 1024 * 1024;

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static byte[] Write(KitContent content, IReadOnlyDictionary<string, byte[]> files)
    {
        content = content with { Files = files.ToDictionary(f => f.Key, f => Hash(f.Value)) };
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            Add(tar, content, ContentName, JsonSerializer.SerializeToUtf8Bytes(content, KitJson.Default.KitContent));
            foreach ((string name, byte[] file) in files) Add(tar, content, name, file);
        }
        return bytes.ToArray();
    }

    /// <summary>Reads and checks it: every file that it names is there, has its hash, and there is no other.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static (KitContent Content, IReadOnlyDictionary<string, byte[]> Files) Read(Stream source)
    {
        Dictionary<string, byte[]> files = ReadFiles(source);
        if (!files.Remove(ContentName, out byte[]? json)) throw new InvalidDataException($"It holds no {ContentName}");
        KitContent? content;
        try { content = JsonSerializer.Deserialize(json, KitJson.Default.KitContent); }
        catch (JsonException e) { throw new InvalidDataException($"Its {ContentName} cannot be read", e); }
        if (content is null) throw new InvalidDataException($"Its {ContentName} is empty");
        if (content.Format != KitContent.Current) throw new InvalidDataException($"Its format is {content.Format}, and this version "
            + $"reads {KitContent.Current}");
        foreach ((string name, string sha256) in content.Files)
            if (!files.TryGetValue(name, out byte[]? file)
                || Hash(file) != sha256) throw new InvalidDataException($"Its file {name} is missing or not what was written");
        if (files.Keys.FirstOrDefault(f => !content.Files.ContainsKey(f)) is { } other) throw new InvalidDataException($"It holds "
            + $"{other}, which {ContentName} does not name");
        return (content, files);
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    private static Dictionary<string, byte[]> ReadFiles(Stream source)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        long left = MaxBytes;
        using var tar = new TarReader(source, leaveOpen: true);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)) throw new InvalidDataException($"It "
                + $"holds {entry.Name}, which is no file");
            if ((left -= entry.Length) < 0) throw new InvalidDataException("It is larger than any kit");
            using var bytes = new MemoryStream();
            entry.DataStream?.CopyTo(bytes);
            if (!files.TryAdd(entry.Name, bytes.ToArray())) throw new InvalidDataException($"It holds {entry.Name} twice");
        }
        return files;
    }

    private static void Add(TarWriter tar, KitContent content, string name, byte[] bytes)
    {
        using var data = new MemoryStream(bytes);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data, Mode = Mode,
            ModificationTime = content.CreatedAt });
    }
}
