using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Imports.Files;

/// <summary>
/// A dump's file, opened: what it is by its first bytes, whatever its name says, and its content without what it is packed with.
/// </summary>
internal sealed class DumpFile : IDisposable
{
    /// <summary>A tar file says what it is behind the name and the numbers of its first file.</summary>
    private const int Peeked = 512, TarMark = 257;

    private static readonly (string Name, byte[] Mark, string? Program)[] Packings =
    [
        ("gzip", [0x1f, 0x8b], null), ("zstd", [0x28, 0xb5, 0x2f, 0xfd], null), ("bzip2", "BZh"u8.ToArray(), "bzip2"),
        ("xz", [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "xz"), ("lz4", [0x04, 0x22, 0x4d, 0x18], "lz4"),
    ];

    private DumpFile(HashedFile file, Stream plain, DumpFormat format, string? packing) =>
        (File, Plain, Format, Packing) = (file, plain, format, packing);

    /// <summary>The file itself.</summary>
    public HashedFile File { get; }

    /// <summary>Its content, unpacked.</summary>
    public Stream Plain { get; }

    /// <summary>What the content is.</summary>
    public DumpFormat Format { get; }

    /// <summary>What it is packed with; null for nothing.</summary>
    public string? Packing { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="OpsException"><c>ImportFileUnreadable</c>, <c>ImportFileEmpty</c>, <c>ImportNotADump</c>, <c>ImportUnsupported</c>,
    /// <c>ImportTruncated</c>.</exception>
    public static async Task<DumpFile> OpenAsync(string path, Action<long>? onProgress, CancellationToken ct)
    {
        HashedFile file = HashedFile.Open(path, onProgress);
        Stream plain = file;
        try
        {
            (PrefixedStream peeked, byte[] first) = await PrefixedStream.PeekAsync(file, Peeked, ct).ConfigureAwait(false);
            plain = peeked;
            (string Name, byte[] Mark, string? Program)? packing = Packings.Where(p => first.AsSpan().StartsWith(p.Mark)).Select(p =>
                ((string, byte[], string?)?)p).FirstOrDefault();
            if (packing is var (name, _, program))
            {
                plain = Unpack(peeked, path, name, program);
                (peeked, first) = await PrefixedStream.PeekAsync(plain, Peeked, ct).ConfigureAwait(false);
                plain = peeked;
                if (first.Length == 0) throw ImportErrors.FileEmpty.Make($"{path} is empty: what is packed in it has no bytes.",
                    "Look at what should have written it: a dump that failed leaves such a file.", path);
            }
            return new DumpFile(file, plain, FormatOf(path, first), packing?.Name);
        }
        catch (Exception e)
        {
            plain.Dispose();
            if (Explain(e, path) is { } error) throw error;
            throw;
        }
    }

    /// <summary>What an error that came of reading a dump means; null for what is none of the dump's.</summary>
    public static OpsException? Explain(Exception e, string path) => e switch
    {
        OpsException { ErrorId: "ArchiveUnreadable" } own when own.Message.Contains("its format is", StringComparison.Ordinal) =>
            TooNew(path, own.Message),
        OpsException { ErrorId: "ProgramFailed" } own when own.Message.Contains("unsupported version", StringComparison.Ordinal) =>
            TooNew(path, own.Message),
        OpsException { ErrorId: "ArchiveUnreadable" or "ScriptUnreadable" or "CompressionFailed" or "BackupTruncated"
            or "ProgramFailed" } own =>
            ImportErrors.Truncated.Make($"{path} is damaged, or does not go to its end: {own.Message}",
                "Copy the file again from where it was made, or take another dump.", path, own),
        OpsException { ErrorId: "ScriptCommandInside" } own => ImportErrors.Refused.Make(
            $"{path} holds what no dump holds. {own.Message} Nothing of it was run.",
            "Find out who wrote the file. If it is yours, make the dump anew with pg_dump.", path, own),
        InvalidDataException or EndOfStreamException =>
            ImportErrors.Truncated.Make($"{path} is damaged, or does not go to its end: {e.Message}",
            "Copy the file again from where it was made, or take another dump.", path, e),
        IOException => HashedFile.Unreadable(path, e),
        _ => null,
    };

    private static OpsException TooNew(string path, string why) =>
        ImportErrors.TooNew.Make($"{path} was written by a pg_dump that is newer than all that is known here: {why}",
        "Install the programs of that version of PostgreSQL here (Debian: postgresql-N), or make the dump with an older pg_dump.", path);

    private static Stream Unpack(Stream packed, string path, string name, string? program)
    {
        if (program is not null)
        {
            try { return new ProgramSource(new ProgramCall(program, "-dc") { StartsEmpty = true }, packed, e => Explain(e, path)!); }
            catch (OpsException e) when (e.ErrorId == "ProgramMissing")
            {
                throw ImportErrors.Unsupported.Make($"{path} is packed with {name}, and the program {program} is not installed here.",
                    $"Install {program}, or unpack the file first.", path, e);
            }
        }
        if (name == "gzip") return new GzipDecompressor(packed);
        return Zstd.IsAvailable ? new ZstdDecompressor(packed)
            : throw new OpsException("ZstdMissing", OpsErrorCategory.ResourceUnavailable,
                $"{path} is packed with zstd, and the library libzstd is not installed here.", "Install it (Debian: libzstd1).", path);
    }

    private static DumpFormat FormatOf(string path, ReadOnlySpan<byte> first)
    {
        if (first.StartsWith("PGDMP"u8)) return DumpFormat.Custom;
        if (first.Length > TarMark + 5 && first.Slice(TarMark, 5).SequenceEqual("ustar"u8)) return DumpFormat.Tar;
        if (first.StartsWith("age-encryption.org/"u8))
            throw ImportErrors.Unsupported.Make($"{path} is encrypted with age.",
                $"Decrypt it first: age -d -i KEY -o dump {path}. The imported backup is encrypted as the environment asks.", path);
        // Text may be in any encoding, and holds no byte of zero.
        if (first.Contains((byte)0)) throw ImportErrors.NotADump.Make($"{path} is neither an archive of pg_dump nor SQL, by its first "
            + $"bytes ({Convert.ToHexString(first[..Math.Min(8, first.Length)])}).",
            "Give a file that pg_dump has written.", path);
        return DumpFormat.Script;
    }

    public void Dispose()
    {
        Plain.Dispose();
        File.Dispose();
    }
}
