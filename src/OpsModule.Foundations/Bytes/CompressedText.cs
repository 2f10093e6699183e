using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Foundations.Bytes;

/// <summary>
/// Opens a file of text by what it holds, whatever its name is: compressed with gzip, zstd, xz or bzip2, UTF-16 (read as UTF-8), or text as
/// it is. What it is not
/// made for (an archive, a journal of systemd) is refused instead of being read as garbage.
/// </summary>
public static class CompressedText
{
    private const int HeadSize = 10;

    private static readonly string[] Endings = [".gz", ".zst", ".xz", ".bz2"];

    /// <summary>Reads what a source holds. Disposing of the stream disposes of the source.</summary>
    /// <param name="source">The file, at its beginning, or a pipe.</param>
    /// <param name="path">Its path, for what is said of it.</param>
    /// <param name="cancellationToken">Ends waiting for a pipe.</param>
    /// <exception cref="InvalidDataException">It is something that is no text, or not what its name says.</exception>
    /// <exception cref="OpsException"><c>ZstdMissing</c>; <c>ProgramMissing</c> where xz or bzip2 is needed and not installed.</exception>
    public static async ValueTask<Stream> OpenAsync(Stream source, string path, CancellationToken cancellationToken)
    {
        byte[] head = new byte[HeadSize];
        int length = 0;
        // A pipe may give its first line later; so much is waited for as is needed to tell.
        while (length < HeadSize && (length == 0 || MayBeMore(head.AsSpan(0, length))))
        {
            int read = await source.ReadAsync(head.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0) break;
            length += read;
        }
        Stream whole = new HeadedStream(head.AsMemory(0, length), source);
        ReadOnlySpan<byte> begin = head.AsSpan(0, length);
        if (begin.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return new GzipText(whole);
        if (IsZstd(begin)) return Zstd.IsAvailable ? new ZstdDecompressor(whole) : throw new OpsException("ZstdMissing",
            OpsErrorCategory.ResourceUnavailable,
            $"{path} is compressed with zstd, and libzstd is not installed here.", "Install libzstd1, or uncompress the file.", path);
        if (begin.StartsWith((ReadOnlySpan<byte>)[0xFD, .. "7zXZ"u8, 0])) return Through("xz", whole, path);
        if (IsBzip2(begin)) return Through("bzip2", whole, path);
        if (Refusal(begin) is { } refusal) throw new InvalidDataException(refusal);
        if (Endings.FirstOrDefault(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } ending)
            throw new InvalidDataException(length == 0 ? $"it is empty, and its name ends in {ending}"
                : $"its name ends in {ending}, and what it holds is not compressed so");
        if (begin.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || IsWide(begin, 0)) return new Utf16Text(whole, bigEndian: false);
        if (begin.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || IsWide(begin, 1)) return new Utf16Text(whole, bigEndian: true);
        return whole;
    }

    /// <summary>Why data cannot be read on, in the words that belong to a log; null for another error.</summary>
    /// <param name="e">What a stream of <see cref="OpenAsync"/> has thrown.</param>
    public static string? Damage(Exception e) => e switch
    {
        OpsException { ErrorId: "BackupTruncated" } => "the compressed data ends in the middle",
        OpsException { ErrorId: "CompressionFailed" } => "the compressed data is damaged",
        OpsException { ErrorId: "LogDamaged" } or InvalidDataException or EndOfStreamException => e.Message.TrimEnd('.'),
        _ => null,
    };

    private static ProgramSource Through(string program, Stream source, string path) => new(new ProgramCall(program, "-dc"), source, e =>
        e.ErrorId is "ProgramMissing" or "ProgramNotTrusted" ? e
        : new OpsException("LogDamaged", OpsErrorCategory.InvalidData, $"the data is damaged or ends in the middle, as {program} reports",
            "Take the file from another place.", path, e));

    private static bool IsZstd(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) || (head.Length >= 4 && (head[0] & 0xF0) == 0x50
            && head[1..].StartsWith((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]));

    private static bool IsBzip2(ReadOnlySpan<byte> head) =>
        head.Length >= HeadSize && head.StartsWith("BZh"u8)
            && (head[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
            || head[4..].StartsWith((ReadOnlySpan<byte>)[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]));

    /// <summary>Two characters of ASCII, each beside a zero.</summary>
    private static bool IsWide(ReadOnlySpan<byte> head, int first) =>
        head.Length >= 4 && head[first] is >= 0x09 and < 0x7F && head[first + 2] is >= 0x09 and < 0x7F && head[1 - first] == 0
            && head[3 - first] == 0;

    private static string? Refusal(ReadOnlySpan<byte> head) =>
        head.StartsWith("LPKSHHRH"u8) ? "it is a journal of systemd; read it with journalctl --file"
        : head.StartsWith((ReadOnlySpan<byte>)[(byte)'P', (byte)'K', 3, 4]) ? "it is a zip archive; unpack it first"
        : head.StartsWith((ReadOnlySpan<byte>)[0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]) ? "it is a 7z archive; unpack it first"
        : head.StartsWith((ReadOnlySpan<byte>)[0x04, 0x22, 0x4D, 0x18]) ? "it is compressed with lz4; uncompress it first"
        : head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x9D]) ? "it is compressed with compress (.Z); uncompress it first"
        : head.StartsWith("ElfFile\0"u8) ? "it is an event log of Windows; export it as text or JSON" : null;

    /// <summary>Whether so few bytes leave open what it is.</summary>
    private static bool MayBeMore(ReadOnlySpan<byte> head) =>
        head[0] is 0x1F or 0x28 or 0xFD or 0xFF or 0xFE or (byte)'B' or (byte)'P' or (byte)'L' or (byte)'E' or 0x37 or 0x04 or 0
            || (head[0] & 0xF0) == 0x50 && head.Length < 4 && (head.Length < 2 || head[1] == 0x2A)
        || (head.Length < 4 && head.Length > 1 && head[1] == 0);

    /// <summary>A stream of which the first bytes have been read.</summary>
    private sealed class HeadedStream(ReadOnlyMemory<byte> head, Stream source) : ReadStage
    {
        private ReadOnlyMemory<byte> _head = head;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _head.IsEmpty ? source.ReadAsync(buffer, cancellationToken) : new(TakeHead(buffer.Span));

        public override int Read(Span<byte> buffer) => _head.IsEmpty ? source.Read(buffer) : TakeHead(buffer);

        private int TakeHead(Span<byte> buffer)
        {
            int length = Math.Min(buffer.Length, _head.Length);
            _head.Span[..length].CopyTo(buffer);
            _head = _head[length..];
            return length;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) source.Dispose();
            base.Dispose(disposing);
        }
    }
}
