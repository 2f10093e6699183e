using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>
/// How far a file has been read. It is known again by what it holds, wherever it is, and where several hold the same, by its inode: names
/// change with rotation, copies and compressed files have other inodes, and inodes are given again.
/// </summary>
/// <param name="Path">Where the file was.</param>
/// <param name="Offset">How many bytes of it have been read; of a compressed file, how many there were.</param>
/// <param name="Lines">How many lines of its text have been scanned.</param>
/// <param name="Head">SHA-256 of the first of these bytes, at most 1 KiB.</param>
/// <param name="Tail">SHA-256 of the last of them, at most 1 KiB.</param>
/// <param name="Seen">When the file was last there.</param>
internal sealed record FilePosition(string Path, long Offset, long Lines, string Head, string Tail, DateTimeOffset Seen)
{
    /// <summary>Device and inode; null where they cannot be told.</summary>
    public string? Identity { get; init; }

    /// <summary>How many bytes of a compressed file's text have been scanned; null for a plain file.</summary>
    public long? Text { get; init; }

    /// <summary>True when nothing more is expected of it: a compressed file that was read whole, a file that was replaced.</summary>
    public bool IsDone { get; init; }

    private const int Sample = 1024;

    public static FilePosition Of(SafeFileHandle file, string path, long offset, long lines, DateTimeOffset now)
    {
        int length = (int)Math.Min(Sample, offset);
        return new FilePosition(path, offset, lines, Digest(file, 0, length), Digest(file, offset - length, length), now) { Identity = Disk.Identity(file) };
    }

    /// <summary>True when a file begins with all that has been read.</summary>
    public bool IsIn(SafeFileHandle file)
    {
        int length = (int)Math.Min(Sample, Offset);
        return RandomAccess.GetLength(file) >= Offset && Digest(file, 0, length) == Head && Digest(file, Offset - length, length) == Tail;
    }

    /// <summary>True when a text begins with all that has been read; the next byte of it is then the next one to read.</summary>
    public bool IsIn(Stream text)
    {
        byte[] block = new byte[64 * 1024], last = new byte[Sample];
        int sample = (int)Math.Min(Sample, Offset);
        if (text.ReadAtLeast(block.AsSpan(0, sample), sample, throwOnEndOfStream: false) < sample || Digest(block.AsSpan(0, sample)) != Head) return false;
        block.AsSpan(0, sample).CopyTo(last);
        for (long left = Offset - sample; left > 0;)
        {
            int read = text.Read(block.AsSpan(0, (int)Math.Min(left, block.Length)));
            if (read == 0) return false;
            left -= read;
            if (read >= Sample) block.AsSpan(read - Sample, Sample).CopyTo(last);
            else
            {
                last.AsSpan(read).CopyTo(last);
                block.AsSpan(0, read).CopyTo(last.AsSpan(Sample - read));
            }
        }
        return Digest(last.AsSpan(0, sample)) == Tail;
    }

    /// <summary>Where the last whole line of a part of a file ends; its beginning when there is none.</summary>
    public static long EndOfLines(SafeFileHandle file, long begin, long end)
    {
        byte[] block = new byte[64 * 1024];
        while (end > begin)
        {
            int length = (int)Math.Min(block.Length, end - begin);
            length = RandomAccess.Read(file, block.AsSpan(0, length), end - length) is var read && read == length ? length : 0;
            if (length == 0) return begin; // it has become shorter
            if (block.AsSpan(0, length).LastIndexOf((byte)'\n') is >= 0 and var newline) return end - length + newline + 1;
            end -= length;
        }
        return begin;
    }

    private static string Digest(SafeFileHandle file, long offset, int length)
    {
        byte[] bytes = new byte[length];
        int filled = 0;
        for (int read; filled < length && (read = RandomAccess.Read(file, bytes.AsSpan(filled), offset + filled)) > 0;) filled += read;
        return Digest(bytes.AsSpan(0, filled));
    }

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
